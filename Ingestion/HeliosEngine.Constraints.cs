using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Ingestion;

public sealed partial class HeliosEngine
{
    /// <summary>Rows that an outcome lists with their values.</summary>
    private const int ListedRows = 100;

    private readonly CancellationTokenSource _stopFills = new();
    private readonly Lock _fillGate = new();
    private readonly List<Task> _running = [];
    private readonly Dictionary<(uint Table, string Constraint), PendingConstraint> _fills = [];

    /// <summary>Constraints that are not yet known to hold for the rows from before they were added.</summary>
    public IReadOnlyList<PendingConstraint> PendingConstraints
    {
        get
        {
            lock (_fillGate)
                return [.. _fills.Where(fill => IsPending(fill.Key.Table, fill.Key.Constraint)).Select(static fill => fill.Value)];
        }
    }

    /// <summary>Adds a condition to a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="check">The condition; its name must be new in the table.</param>
    /// <param name="cancellationToken">Gives up before the constraint is there.</param>
    /// <returns>When it holds for every commit that is submitted from now on, and for those in flight. The rows from before are looked at in the background: <see cref="PendingConstraint.Completion"/> says whether it is valid then, or has been dropped.</returns>
    /// <exception cref="ArgumentException">It does not fit the table's columns, or its name is taken.</exception>
    /// <exception cref="HeliosException">Invalid <c>unknown_table</c>; <c>invalid_expression</c>: it is no condition on this table's rows. Unavailable, Closed: the engine has failed or stopped. Nothing was changed.</exception>
    public Task<PendingConstraint> AddConstraintAsync(string table, CheckConstraint check, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(check);
        return AddConstraintAsync(table, check.Name, known => SchemaChange.Add(known, check), cancellationToken);
    }

    /// <summary>Adds a unique constraint to a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="unique">The constraint; its name must be new in the table.</param>
    /// <param name="cancellationToken">Gives up before the constraint is there.</param>
    /// <returns>As for a condition. Until it is valid, a new row is held against the rows written since and those already looked at: one that shares a value with a row further on makes the constraint fail.</returns>
    /// <remarks>It can be searched once it is valid. Its index stays in memory, whatever <see cref="HeliosOptions.MaxIndexBytes"/> says, until the database is opened again.</remarks>
    /// <exception cref="ArgumentException">It does not fit the table's columns, or its name is taken.</exception>
    /// <exception cref="HeliosException">As for a condition; Invalid <c>too_many_indexes</c>: the table has had 255, dropped ones too.</exception>
    public Task<PendingConstraint> AddConstraintAsync(string table, UniqueConstraint unique, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(unique);
        return AddConstraintAsync(table, unique.Name, known => SchemaChange.Add(known, unique), cancellationToken);
    }

    /// <summary>Adds a foreign key to a table.</summary>
    /// <param name="table">The table that refers.</param>
    /// <param name="key">The foreign key; its name must be new in the table.</param>
    /// <param name="cancellationToken">Gives up before the constraint is there.</param>
    /// <returns>As for a condition. Until it is valid, a row that is deleted or changes its key meets only those rows that refer to it and were written since, or already looked at.</returns>
    /// <exception cref="ArgumentException">It does not fit the table's columns, or its name is taken.</exception>
    /// <exception cref="HeliosException">As for a unique constraint; Invalid <c>unknown_column</c>, <c>invalid_schema</c>: it refers to nothing that it could refer to.</exception>
    public Task<PendingConstraint> AddConstraintAsync(string table, ForeignKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return AddConstraintAsync(table, key.Name, known => SchemaChange.Add(known, key), cancellationToken);
    }

    /// <summary>Drops a unique constraint, a condition or a foreign key, a pending one too. The primary key stays.</summary>
    /// <param name="table">The table.</param>
    /// <param name="constraint">Its name.</param>
    /// <param name="cancellationToken">Gives up before it is dropped.</param>
    /// <exception cref="HeliosException">Invalid <c>unknown_table</c>; <c>unknown_constraint</c>: the table has none of that name; <c>constraint_in_use</c>: a foreign key refers to it. Unavailable, Closed: the engine has failed or stopped. Nothing was changed.</exception>
    public async Task DropConstraintAsync(string table, string constraint, CancellationToken cancellationToken = default)
    {
        var id = TableId(table);
        if (await SchemaCommit.AlterAsync(WritePath, Parts.Plans, id, known => SchemaChange.Drop(known, constraint), cancellationToken).ConfigureAwait(false) is null)
            throw new HeliosException(HeliosErrorKind.Invalid, "unknown_constraint", $"Table {table} has no constraint {constraint} that could be dropped. Nothing was changed.") { Table = table, Constraint = constraint };
    }

    private TableId TableId(string table)
    {
        ThrowIfClosed();
        return Parts.Published.Catalog.Find(table) is { IsSystem: false } definition ? definition.Id
            : throw new HeliosException(HeliosErrorKind.Invalid, "unknown_table", $"There is no table {table}. Nothing was changed.") { Table = table };
    }

    private async Task<PendingConstraint> AddConstraintAsync(string table, string constraint, Func<TableDefinition, TableDefinition> add, CancellationToken cancellationToken)
    {
        var id = TableId(table);
        await SchemaCommit.AlterAsync(WritePath, Parts.Plans, id, add, cancellationToken).ConfigureAwait(false);
        lock (_fillGate)
            return BeginFill(id, table, constraint); // also where one of that name was dropped and its rows are still being looked at: that ends by itself
    }

    /// <summary>Goes on with what an earlier open, or the engine before it resumed, has left pending.</summary>
    private void BeginFills(bool anew = false)
    {
        lock (_fillGate)
        {
            foreach (var table in Parts.Published.Catalog.Tables)
            {
                foreach (var constraint in table.Pending)
                {
                    // One that is only about to notice that it has failed does no harm beside the new one.
                    if (!_fills.TryGetValue((table.Id.Value, constraint), out var known) || known.Completion.IsCompleted || anew)
                        BeginFill(table.Id, table.Name, constraint);
                }
            }
        }
    }

    private PendingConstraint BeginFill(TableId id, string table, string constraint)
    {
        var logger = _options.LoggerFactory.CreateLogger<ConstraintFill>();
        var fill = new ConstraintFill(_recovered, id, constraint, logger);
        var running = FillAsync(fill, table, logger, _stopFills.Token);
        _running.RemoveAll(static task => task.IsCompleted);
        _running.Add(running);
        return _fills[(id.Value, constraint)] = new PendingConstraint(fill, table, running);
    }

    private bool IsPending(uint table, string constraint) => Parts.Published.Catalog.Find(new TableId(table))?.Pending.Contains(constraint) == true;

    private async Task<ConstraintOutcome> FillAsync(ConstraintFill fill, string table, ILogger logger, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // whoever has begun it does not wait
        try
        {
            var result = await fill.RunAsync(cancellationToken).ConfigureAwait(false);
            return result is null ? new ConstraintOutcome(false, 0, []) : new ConstraintOutcome(result.IsValid, result.Count, ReadFailing(fill, result));
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            ConstraintLog.Failed(logger, fill.Constraint, table, error);
            throw;
        }
    }

    private List<FailingRow> ReadFailing(ConstraintFill fill, FillResult result)
    {
        var failing = new List<FailingRow>();
        if (result.IsValid)
            return failing;
        var plan = Parts.Plans[fill.Table];
        using var view = OpenView();
        using var row = new ByteBuffer();
        foreach (var (id, why) in result.Failing.Take(ListedRows))
            failing.Add(new FailingRow(id, view.TryRead(plan, id, row, out _) ? Row.Read(plan.Definition.Schema, row.Written) : null, why));
        return failing;
    }

    private async Task StopFillsAsync()
    {
        await _stopFills.CancelAsync().ConfigureAwait(false);
        Task[] running;
        lock (_fillGate)
            running = [.. _running];
        foreach (var fill in running)
            await fill.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // whoever waits for it is told; the log has been
    }
}
