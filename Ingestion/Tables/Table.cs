using System.Runtime.CompilerServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A table by column names. Thread-safe.</summary>
public sealed class Table
{
    /// <summary>Rows per commit where the caller gives rows one after the other.</summary>
    internal const int RowsPerCommit = 1_000;

    private readonly HeliosEngine _engine;

    internal Table(HeliosEngine engine, TablePlan plan)
    {
        _engine = engine;
        Plan = plan;
    }

    /// <summary>Its name.</summary>
    public string Name => Plan.Definition.Name;

    /// <summary>Columns and keys.</summary>
    public TableSchema Schema => Plan.Definition.Schema;

    internal TablePlan Plan { get; }

    internal HeliosEngine Engine => _engine;

    /// <summary>A row of this table with NULL in every column.</summary>
    public Row NewRow() => new(Schema);

    /// <summary>Writes one row.</summary>
    /// <exception cref="HeliosException">Invalid: the row breaks a rule or a key; nothing was written.</exception>
    public async ValueTask<CommitReceipt> InsertAsync(Row row, CancellationToken cancellationToken = default)
    {
        using var session = _engine.OpenSession();
        session.Insert(this, row);
        return await session.CommitAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes one row, or says in <see cref="CommitReceipt.Error"/> why not.</summary>
    public ValueTask<CommitReceipt> TryInsertAsync(Row row, CancellationToken cancellationToken = default) => TryCommit.ReceiptOf(InsertAsync(row, cancellationToken));

    /// <summary>Writes rows as one commit.</summary>
    /// <exception cref="HeliosException">Invalid: with <see cref="OnReject.RejectCommit"/>, a row breaks a rule or a key; nothing was written.</exception>
    public async ValueTask<CommitReceipt> InsertAsync(IEnumerable<Row> rows, OnReject onReject = OnReject.RejectCommit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var session = _engine.OpenSession();
        foreach (var row in rows)
            session.Insert(this, row);
        return await session.CommitAsync(Durability.Visible, onReject, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The row with a primary key, or null.</summary>
    /// <param name="key">The key's values in key order.</param>
    /// <exception cref="InvalidOperationException">The table has no primary key.</exception>
    public ValueTask<Row?> FindAsync(params object[] key)
    {
        ArgumentNullException.ThrowIfNull(key);
        using var bytes = new ByteBuffer();
        if (!KeyProbe.TryEncode(Plan, 0, key, bytes))
            return ValueTask.FromResult<Row?>(null);
        using var view = _engine.OpenView();
        using var row = new ByteBuffer();
        return ValueTask.FromResult(view.TryFind(Plan, 0, bytes.Written, row, out _) ? Row.Read(Schema, row.Written) : null);
    }

    /// <summary>All rows by ascending row id, as of the moment the scan begins; streamed.</summary>
    public async IAsyncEnumerable<Row> ScanAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        using var view = _engine.OpenView();
        using var rows = view.Scan(Plan);
        while (rows.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Row.Read(Schema, rows.Row);
        }
    }

    /// <summary>Live rows.</summary>
    public ValueTask<long> CountAsync() => ValueTask.FromResult(_engine.Parts.Published.Rows(Plan.Definition.Id));
}
