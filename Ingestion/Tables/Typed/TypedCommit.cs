using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Collects rows of one commit and keeps the caller's count of them: a row that never got into the commit is listed with the others that were refused.</summary>
internal sealed class TypedCommit<T>(Table<T> table, OnReject onReject, RowWriteMode mode = RowWriteMode.Insert) : IDisposable
{
    private readonly Session _session = table.Engine.OpenSession();
    private List<RowRejection>? _refused;
    private int _rows;

    /// <exception cref="HeliosException">Invalid: the row does not fit, and the commit takes all rows or none.</exception>
    public void Add(T row)
    {
        if (row is null)
            throw new ArgumentException($"Row {_rows} is null.");
        if ((mode == RowWriteMode.Insert ? _session.TryInsert(table, row) : _session.TryWrite(table, mode, row)) is { } refused)
        {
            refused = refused with { Row = _rows };
            if (onReject == OnReject.RejectCommit)
                throw RowErrors.Refused(table.Name, refused);
            (_refused ??= []).Add(refused);
        }

        _rows++;
    }

    public async ValueTask<CommitReceipt> CommitAsync(CancellationToken cancellationToken)
    {
        if (_session.PendingRows == 0)
            return new CommitReceipt(Lsn.Zero, 0, _refused ?? []);
        return Counted(await _session.CommitAsync(Durability.Visible, onReject, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The same under a number. Where no row got into the commit it is sent all the same: its number is used.</summary>
    public async ValueTask<CommitReceipt> CommitAsync(ProducerId producer, long sequence, CancellationToken cancellationToken) =>
        Counted(await _session.CommitAsync(producer, sequence, Durability.Visible, onReject, cancellationToken).ConfigureAwait(false));

    public void Dispose() => _session.Dispose();

    private CommitReceipt Counted(CommitReceipt receipt) =>
        _refused is null ? receipt : receipt with { Rejected = Merge(_refused, receipt.Rejected) };

    /// <summary>The engine counts the rows that it was given; the caller counts those before it too.</summary>
    internal static IReadOnlyList<RowRejection> Merge(List<RowRejection> refused, IReadOnlyList<RowRejection> rejected)
    {
        var all = new List<RowRejection>(refused);
        foreach (var rejection in rejected)
        {
            var row = rejection.Row;
            foreach (var earlier in refused)
                row += earlier.Row <= row ? 1 : 0;
            all.Add(rejection with { Row = row });
        }

        all.Sort((left, right) => left.Row.CompareTo(right.Row));
        return all;
    }
}
