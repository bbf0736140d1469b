using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>What a client is told of rows that it cannot open.</summary>
internal static class ClientErrors
{
    public static HeliosException NotSealed(string table, int length) => new(HeliosErrorKind.Corrupt, "corrupt",
        $"Table {table}: what stands in column {SealedSchema.SealedColumn} is no sealed row: it has {length} bytes. Nothing of the row was opened.") { Table = table };

    public static HeliosException NotAuthentic(string table) => new(HeliosErrorKind.Corrupt, "corrupt",
        $"Table {table}: a sealed row does not verify: it, or a column that it reveals, was changed, it stood in another row or table, or it was sealed with another schema. Nothing of it was opened.") { Table = table };

    public static HeliosException OtherKey(string table, ulong keyId) => new(HeliosErrorKind.Unavailable, "key_mismatch",
        $"Table {table}: a row is sealed under client key {ClientKey.Name(keyId)}, which was not given. Nothing of it was opened: give that key too.") { Table = table };

    public static HeliosException RolledBack(string table, long version, long wanted) => new(HeliosErrorKind.Corrupt, "rolled_back",
        $"Table {table}: a sealed row verifies, and has version {version}, where {wanted} or later was to be: an older state was put back. Nothing of it was given out.") { Table = table };

    public static HeliosException Refused(string table, TableSchema schema, RowFault fault) => new(HeliosErrorKind.Invalid, fault.Code,
        $"Table {table}: {fault.Describe(schema)} The row was not sealed.")
    {
        Table = table,
        Column = (uint)fault.Ordinal < (uint)schema.Columns.Length ? schema.Columns[fault.Ordinal].Name : null,
    };
}
