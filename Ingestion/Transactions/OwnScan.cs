using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>
/// The rows of a table with a transaction's own writes: stored rows by ascending id, each as the transaction has it, then new
/// ones in the order of their inserts. Rows that come into being while it goes on are not shown; none is shown twice.
/// </summary>
/// <remarks>One thread. Streams: it holds one row, and which own rows it has shown.</remarks>
internal sealed class OwnScan : IDisposable
{
    private readonly TablePlan _plan;
    private readonly OwnWrites _own;
    private readonly StoreCursor _cursor;
    private readonly int _known; // own rows when it began
    private readonly HashSet<OwnRow> _shown = [];
    private bool _storedAreDone;
    private int _next;

    public OwnScan(TablePlan plan, ReadView stored, OwnWrites own)
    {
        _plan = plan;
        _own = own;
        _known = own.Rows.Count;
        _cursor = stored.Scan(plan);
    }

    /// <summary>The own row stood at; null where it is a stored one.</summary>
    public OwnRow? Mine { get; private set; }

    public RowId Row => _cursor.RowId;

    public Lsn Version => _cursor.Version;

    /// <summary>Valid until the next step.</summary>
    public ReadOnlySpan<byte> Current => Mine is null ? _cursor.Row : Mine.Content!.Row;

    public bool MoveNext()
    {
        while (!_storedAreDone && _cursor.MoveNext())
        {
            Mine = _own.TableOf(_plan)?.OwnerOf(_cursor.RowId, _cursor.Row);
            if (Mine is null || (Mine.IsLive && _shown.Add(Mine)))
                return true;
        }

        _storedAreDone = true;
        while (_next < Math.Min(_known, _own.Rows.Count))
        {
            Mine = _own.Rows[_next++];
            if (Mine.IsLive && Mine.Plan.Definition.Id == _plan.Definition.Id && _shown.Add(Mine))
                return true;
        }

        return false;
    }

    public void Dispose() => _cursor.Dispose();
}
