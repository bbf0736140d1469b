using RocksDbSharp;

namespace Helios.Pipeline.Load;

/// <summary>Counts keys behind the engine's back.</summary>
internal static class StoreKeys
{
    private const string RowsFamily = "rows";

    /// <summary>Keys of the family that holds rows, in a store that nobody has open.</summary>
    public static long CountRows(string directory)
    {
        var families = new ColumnFamilies();
        foreach (var name in RocksDb.ListColumnFamilies(new DbOptions(), directory))
            families.Add(name, new ColumnFamilyOptions());
        using var database = RocksDb.OpenReadOnly(new DbOptions(), directory, families, false);
        return RocksSettings.Count(database, database.GetColumnFamily(RowsFamily));
    }
}
