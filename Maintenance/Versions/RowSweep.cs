using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>
/// Walks over the versions of rows and finds those that nobody at or after an LSN can see: all but the newest one at or before it, and that too where it is a deletion. Goes on
/// from any row, so nothing but its place has to be kept. One thread; blocks.
/// </summary>
/// <param name="store">Where they are.</param>
/// <param name="asOf">The LSN.</param>
/// <param name="isAlone">Is one partition all that is walked over?</param>
internal sealed class RowSweep(RocksStore store, Lsn asOf, bool isAlone)
{
    /// <summary>The length of a stored deletion: anything longer is a row, and need not be decrypted for that.</summary>
    private readonly int _deletionBytes = store.Hash is null ? 1 : ValueCipher.StoredLength(1);

    /// <summary>Where it goes on.</summary>
    public uint Partition { get; init; }

    /// <summary>Where it goes on.</summary>
    public RowId Row { get; init; }

    /// <summary>Versions looked at.</summary>
    public long Read { get; private set; }

    /// <summary>Bytes of them.</summary>
    public long ReadBytes { get; private set; }

    /// <summary>Versions that have been replaced or are deletions, and may still be seen.</summary>
    public long Held { get; private set; }

    /// <summary>Fills a request, up to a bound; returns the sweep that goes on behind it, or null at the end.</summary>
    public RowSweep? Fill(CollectRequest request, int mostKeys, long mostRead, CancellationToken cancellationToken)
    {
        using var versions = store.OpenVersions(Partition, Row, isAlone);
        var (partition, row) = (Partition, Row);
        var isNewest = true; // of its row
        var isFirst = true; // of its row, at or before the LSN
        var deletion = -1;  // the place of the row's deletion in the request
        var follows = false;
        while (versions.MoveNext())
        {
            var (foundPartition, foundRow, lsn) = KeyReader.Row(versions.Key);
            if (foundPartition != partition || foundRow != row)
            {
                if (request.Count >= mostKeys || Read >= mostRead)
                    return GoingOn(foundPartition, foundRow);
                follows &= foundPartition == partition; // new rows come behind the last one of a partition, at any time
                (partition, row, isNewest, isFirst, deletion) = (foundPartition, foundRow, true, true, -1);
            }

            ReadBytes += KeySpace.RowKeySize + versions.ValueBytes;
            if ((++Read & 1023) == 0)
                cancellationToken.ThrowIfCancellationRequested();
            if (lsn > asOf || (isFirst && !IsDeletion(versions, row, lsn)))
            {
                Held += isNewest && (lsn <= asOf || !IsDeletion(versions, row, lsn)) ? 0 : 1;
                (isNewest, isFirst) = (false, isFirst && lsn > asOf);
                follows = false; // it stays
                continue;
            }

            if (isFirst)
                deletion = request.Versions;
            (isNewest, isFirst) = (false, false);
            request.AddVersion(partition, row, lsn, follows);
            request.Bytes += KeySpace.RowKeySize + versions.ValueBytes;
            follows = true;
            if (request.Count < 2 * mostKeys)
                continue;

            // A row with so many versions is removed in parts: its deletion goes with the last, or what is older would be seen again.
            if (deletion >= 0)
                request.RemoveVersionAt(deletion);
            return GoingOn(partition, row);
        }

        return null;
    }

    private RowSweep GoingOn(uint partition, RowId row) => new(store, asOf, isAlone) { Partition = partition, Row = row };

    private bool IsDeletion(VersionCursor version, RowId row, Lsn lsn) =>
        version.ValueBytes == _deletionBytes && StoredRow.Kind(version.Value, row, lsn) == RowKind.Tombstone;
}
