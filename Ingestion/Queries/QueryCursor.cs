using System.Diagnostics;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A running query over encoded rows. One thread; dispose it.</summary>
internal sealed class QueryCursor : IDisposable
{
    private readonly QueryDefinition _definition;
    private readonly ReadView _view;
    private readonly QueryRun _run; // owned
    private readonly long _started;

    /// <exception cref="HeliosException">As for <see cref="QueryPlanner.Make"/>. Closed: the engine is closed, or was meanwhile.</exception>
    public QueryCursor(QueryDefinition definition, CancellationToken cancellationToken)
    {
        _definition = definition;
        _started = Stopwatch.GetTimestamp();
        definition.Engine.ThrowIfClosed();
        ObjectDisposedException.ThrowIf(definition.Snapshot is { IsDisposed: true }, typeof(ReadSnapshot));
        _view = definition.Snapshot?.View ?? definition.Engine.OpenView();
        try
        {
            Plan = QueryPlanner.Make(definition.Request(), _view.Lsn, definition.Engine.NewEvaluation());
            _run = new QueryRun(Plan, _view, definition.Engine.Parts.Filters, definition.ReadAhead, cancellationToken);
        }
        catch (ObjectDisposedException) when (definition.Engine.State == EngineState.Closed)
        {
            Close();
            throw definition.Engine.Closed();
        }
        catch
        {
            Close();
            throw;
        }
    }

    public QueryPlan Plan { get; }

    public QueryCounts Counts => _run.Counts;

    /// <inheritdoc cref="QueryRun.Judge"/>
    public BlockJudge? Judge => _run.Judge;

    /// <inheritdoc cref="QueryRun.Blooms"/>
    public IEnumerable<int> Blooms => _run.Blooms;

    public Lsn Lsn => _view.Lsn;

    public TableSchema Schema => Plan.Request.Table.Definition.Schema;

    /// <summary>Time since it began.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <inheritdoc cref="QueryRun.Row"/>
    public ReadOnlySpan<byte> Row => _run.Row;

    public RowId RowId => _run.RowId;

    /// <inheritdoc cref="QueryRun.MoveNext"/>
    public bool MoveNext()
    {
        ObjectDisposedException.ThrowIf(_definition.Snapshot is { IsDisposed: true }, typeof(ReadSnapshot));
        _definition.Engine.ThrowIfClosed(); // not only when the batch in memory is used up
        try
        {
            var found = _run.MoveNext();
            // What was read meanwhile may have gone in between.
            ObjectDisposedException.ThrowIf(_definition.Snapshot is { IsDisposed: true }, typeof(ReadSnapshot));
            return found;
        }
        catch (HeliosException) when (_definition.Snapshot is { IsDisposed: true })
        {
            throw new ObjectDisposedException(nameof(ReadSnapshot));
        }
        catch (ObjectDisposedException) when (_definition.Engine.State == EngineState.Closed)
        {
            throw _definition.Engine.Closed();
        }
    }

    public void Dispose()
    {
        _run.Dispose();
        try
        {
            _definition.Engine.Parts.Filters.Observe(Plan, Judge, Counts, Elapsed);
            _definition.Engine.Parts.Options.Metrics.QueryEnded(QueryExplainer.Name(QueryExplainer.AccessOf(Plan)), Elapsed, Counts);
        }
        finally
        {
            Close(); // a listener that throws must not pin what the query saw
        }
    }

    private void Close()
    {
        if (_definition.Snapshot is null)
            _view?.Dispose();
    }
}
