using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Are the expressions of a table's definition of use? Asked before a table is made: afterwards they are only compiled.</summary>
internal static class ExpressionRules
{
    /// <summary>Why a table may not be; null where everything compiles.</summary>
    public static HeliosException? Check(string table, TableSchema schema)
    {
        foreach (var check in schema.Checks)
        {
            if (Try(table, check.ToString(), check.Name, null, () => ExpressionBinder.CompileCondition(check.Expression, schema).IsDeterministic
                    ? null : "a condition on rows must give the same answer each time it is asked") is { } refusal)
                return refusal;
        }

        foreach (var column in schema.Columns.Where(static c => c.Default is not null))
        {
            if (Try(table, $"the default of column {column.Name}", null, column.Name, () => ExpressionBinder.CompileValue(column.Default!, schema, column).References.IsEmpty
                    ? null : "a default knows no other column") is { } refusal)
                return refusal;
        }

        return null;
    }

    private static HeliosException? Try(string table, string what, string? constraint, string? column, Func<string?> compile)
    {
        try
        {
            return compile() is { } why ? Refuse(why, null) : null;
        }
        catch (HeliosException error) when (error.Code == "invalid_expression")
        {
            return Refuse(error.Message, error);
        }

        HeliosException Refuse(string why, Exception? inner) =>
            new(HeliosErrorKind.Invalid, "invalid_expression", $"Table {table}, {what}: {why} Nothing was changed.", inner) { Table = table, Constraint = constraint, Column = column };
    }
}
