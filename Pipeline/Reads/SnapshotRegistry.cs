using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>The LSNs that open reads look at: what they can still see must stay. Any thread.</summary>
internal sealed class SnapshotRegistry(Watermark visible)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<ulong, int> _open = [];

    /// <summary>Pins what is visible now.</summary>
    public Lsn Open()
    {
        lock (_gate)
        {
            var lsn = visible.Value.Value;
            _open[lsn] = _open.GetValueOrDefault(lsn) + 1;
            return new Lsn(lsn);
        }
    }

    public void Close(Lsn lsn)
    {
        lock (_gate)
        {
            if (--_open[lsn.Value] == 0)
                _open.Remove(lsn.Value);
        }
    }

    /// <summary>No reader looks at anything before this.</summary>
    public Lsn Horizon()
    {
        lock (_gate)
        {
            // Visible is read inside the lock: a reader that opens later sees at least this.
            foreach (var lsn in _open.Keys)
                return new Lsn(lsn);
            return visible.Value;
        }
    }
}
