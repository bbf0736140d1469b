using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Counts what a store has that nobody can see: versions behind a newer one, deletions, keys given up.</summary>
internal static class DeadLeft
{
    /// <param name="engine">Where.</param>
    /// <param name="table">Of one table; null for all.</param>
    public static (int Versions, int Keys) In(HeliosEngine engine, Table? table = null)
    {
        var (dead, keys) = (0, 0);
        (uint, RowId)? row = null;
        using (var versions = engine.Parts.Store.OpenVersions())
        {
            while (versions.MoveNext())
            {
                var (partition, id, lsn) = KeyReader.Row(versions.Key);
                if (table is not null && partition != table.Plan.Definition.Partition)
                    continue;
                dead += row == (partition, id) || StoredRow.Kind(versions.Value, id, lsn) == RowKind.Tombstone ? 1 : 0;
                row = (partition, id);
            }
        }

        using var vacated = engine.Parts.Store.OpenMeta([KeySpace.Vacated]);
        while (vacated.MoveNext())
            keys += table is null || KeyReader.Vacated(vacated.Key, out _).Index >> 8 == table.Plan.Definition.Id.Value ? 1 : 0;
        return (dead, keys);
    }
}
