namespace Helios.Pipeline.Storage;

/// <summary>The table of rejected records: part of every database, written in the same commit as the rows around them.</summary>
internal static class DeadLetters
{
    public const string TableName = "helios.rejects";

    /// <summary>Of a rejected record's raw text this much is kept; its whole length is kept beside it.</summary>
    public const int MaxRawBytes = 64 << 10;

    public static TableDefinition Definition { get; } = new(new TableId(1), 1, TableName, 1, new TableSchema(
    [
        new Column("table", ColumnType.Text) { IsNullable = false },
        new Column("source", ColumnType.Uuid),
        new Column("record", ColumnType.Int8) { IsNullable = false },
        new Column("offset", ColumnType.Int8) { IsNullable = false },
        new Column("code", ColumnType.Text) { IsNullable = false },
        new Column("column", ColumnType.Text),
        new Column("message", ColumnType.Text) { IsNullable = false },
        new Column("raw", ColumnType.Text),
        new Column("rawBytes", ColumnType.Int8) { IsNullable = false },
        new Column("rawBase64", ColumnType.Bytea),
    ]));
}
