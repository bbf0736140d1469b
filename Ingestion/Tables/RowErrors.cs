using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>What callers are told of rows that do not fit.</summary>
internal static class RowErrors
{
    public static HeliosException DoesNotFit(TableDefinition table, int row, int ordinal, RowFault fault) =>
        new(HeliosErrorKind.Invalid, fault.Code, $"Table {table.Name}, row {row}: {(fault with { Ordinal = ordinal }).Describe(table.Schema)} The row was not taken.")
        {
            Table = table.Name,
            Row = row,
            Column = table.Schema.Columns[ordinal].Name,
        };

    /// <summary>One row of a table was refused before it got into a commit.</summary>
    public static HeliosException Refused(string table, RowRejection rejection) =>
        new(HeliosErrorKind.Invalid, rejection.Code, $"Table {table}, row {rejection.Row}: {rejection.Message.TrimEnd('.')}. The row was not taken.")
        {
            Table = table,
            Row = rejection.Row,
            Column = rejection.Column,
            Constraint = rejection.Constraint,
        };

    /// <summary>One row was refused on its own, by a rule of its columns.</summary>
    public static HeliosException Refused(TableDefinition table, RowFault fault) =>
        Refused(table.Name, new RowRejection(0, fault.Code, fault.Ordinal < 0 ? null : table.Schema.Columns[fault.Ordinal].Name, null, fault.Describe(table.Schema)));

    public static HeliosException KeyTooLong(TablePlan plan, int index) =>
        new(HeliosErrorKind.Invalid, "key_too_long", $"Table {plan.Definition.Name}: the key of {plan.IndexName(index)} is longer than {RowFormat.MaxKeyBytes} bytes. The row was not taken.")
        {
            Table = plan.Definition.Name,
            Constraint = plan.IndexName(index),
            Column = plan.ColumnOf(index),
        };

    public static HeliosException Duplicate(TablePlan plan, int index)
    {
        var columns = string.Join(", ", plan.Definition.Indexes[index].Ordinals.Select(o => plan.Definition.Schema.Columns[o].Name));
        return new(HeliosErrorKind.Invalid, "duplicate_key", $"Table {plan.Definition.Name}: another row has the same value of {plan.IndexName(index)} ({columns}). The row was not taken; the transaction goes on.")
        {
            Table = plan.Definition.Name,
            Constraint = plan.IndexName(index),
            Column = plan.Definition.Indexes[index].Ordinals.Length == 1 ? columns : null,
        };
    }

    /// <summary>A statement of a transaction leaves a row that refers to nothing.</summary>
    public static HeliosException ForeignKey(ForeignKeyPlan reference, string why)
    {
        var columns = string.Join(", ", reference.Key.Columns);
        return new(HeliosErrorKind.Invalid, "foreign_key_violation", $"Table {reference.Child.Definition.Name}, foreign key {reference.Key.Name} ({columns}): {why}. The statement was taken back; the transaction goes on.")
        {
            Table = reference.Child.Definition.Name,
            Constraint = reference.Key.Name,
            Column = reference.Key.Columns.Count == 1 ? columns : null,
        };
    }

    public static InvalidOperationException NoKey(string table) => new($"Table {table} has no primary key.");

    /// <summary>A transaction has seen a table as it is no more.</summary>
    public static HeliosException Altered(string table) =>
        new(HeliosErrorKind.Conflict, "conflict", $"Table {table} has been altered since the transaction saw it. Nothing of the transaction was written: begin again.") { Table = table };

    public static HeliosException CommitTooLong(string table, int row) =>
        new(HeliosErrorKind.Invalid, "commit_too_long",
            $"Table {table}, row {row}: with this row the commit is longer than {ChangeFormat.MaxCommitBytes} bytes (16 MiB), the limit. The row was not taken: commit what there is, and go on with the next commit.")
        {
            Table = table,
            Row = row,
        };
}
