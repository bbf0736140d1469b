using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>What one statement of a transaction sees: what is stored as of an LSN, and its own writes over it.</summary>
/// <param name="own">The own writes.</param>
/// <param name="stored">What is stored.</param>
/// <param name="seen">Remembers what was looked at; null where nobody will ask.</param>
internal sealed class OwnView(OwnWrites own, ReadView stored, SeenReads? seen)
{
    public ReadView Stored => stored;

    /// <summary>Finds the row that has a key; writes it into <paramref name="row"/>.</summary>
    /// <param name="plan">The table.</param>
    /// <param name="index">The index.</param>
    /// <param name="key">The key.</param>
    /// <param name="row">Takes the row.</param>
    /// <param name="mine">The own row that it is; null where it is a stored one.</param>
    /// <param name="version">The stored one's version.</param>
    public bool TryFind(TablePlan plan, int index, ReadOnlySpan<byte> key, ByteBuffer row, out OwnRow? mine, out KeyVersion version)
    {
        version = default;
        var table = own.TableOf(plan);
        mine = table?.FindLive(index, key);
        if (mine is not null)
        {
            row.Truncate(0);
            row.Append(mine.Content!.Row);
            return true;
        }

        var isStored = stored.TryFind(plan, index, key, row, out version);
        seen?.Add(plan, index, key, isStored ? version : default);
        return isStored && table?.OwnerOf(version.Row, row.Written) is null; // else it is gone, or has another key by now
    }

    public OwnScan Scan(TablePlan plan)
    {
        seen?.AddScan(plan.Definition.Id);
        return new OwnScan(plan, stored, own);
    }
}
