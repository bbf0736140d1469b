using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>Walks over the keys that rows gave up, of all indexes or of one, and finds those given up at or before an LSN. Holds nothing open for long. One thread; blocks.</summary>
internal sealed class VacatedSweep(RocksStore store, ReadOnlySpan<byte> prefix, Lsn asOf) : IDisposable
{
    private readonly MetaCursor _keys = store.OpenMeta(prefix);

    /// <summary>Keys looked at.</summary>
    public long Read { get; private set; }

    /// <summary>Fills a request, up to a bound; false at the end.</summary>
    public bool Fill(CollectRequest request, int mostKeys, int mostBytes, long mostRead, CancellationToken cancellationToken)
    {
        var until = Read + mostRead;
        while (request.Count < mostKeys && request.KeyBytes < mostBytes && Read < until)
        {
            if (!_keys.MoveNext())
                return false;
            if ((++Read & 1023) == 0)
                cancellationToken.ThrowIfCancellationRequested();
            if (KeyReader.Vacated(_keys.Key, out _).Lsn > asOf)
                continue;
            request.AddVacated(_keys.Key);
            request.Bytes += _keys.Key.Length + sizeof(ulong);
        }

        return true;
    }

    public void Dispose() => _keys.Dispose();
}
