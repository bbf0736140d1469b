using System.Collections.Immutable;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>The CHECK constraints of a table, compiled. Any thread; allocates nothing for a row that meets them.</summary>
internal sealed class RowChecks
{
    private readonly TableDefinition _table;
    private readonly ImmutableArray<CompiledExpression> _conditions;

    private RowChecks(TableDefinition table)
    {
        _table = table;
        _conditions = [.. table.Schema.Checks.Select(check => ExpressionBinder.CompileCondition(check.Expression, table.Schema))];
    }

    /// <summary>Null where the table has none.</summary>
    public static RowChecks? Of(TableDefinition table) => table.Schema.Checks.IsEmpty ? null : new RowChecks(table);

    /// <summary>Why a row is refused, or null: a condition is false, or cannot be evaluated. One that is NULL is met.</summary>
    /// <param name="row">A row that fits its columns.</param>
    /// <param name="offsets">Where its columns begin.</param>
    /// <param name="number">Its place in the commit.</param>
    public RowRejection? Check(ReadOnlySpan<byte> row, ReadOnlySpan<int> offsets, int number)
    {
        for (var i = 0; i < _conditions.Length; i++)
        {
            if (Check(i, row, offsets, number) is { } refused)
                return refused;
        }

        return null;
    }

    /// <summary>The same for one of them, by its place in the schema.</summary>
    public RowRejection? Check(int place, ReadOnlySpan<byte> row, ReadOnlySpan<int> offsets, int number)
    {
        if (_conditions[place].EvaluateCondition(row, offsets, default, out var fault) is not false && fault == default)
            return null;
        var check = _table.Schema.Checks[place];
        var column = _conditions[place].References is [var only] ? _table.Schema.Columns[only].Name : null;
        return fault == default
            ? new RowRejection(number, "check_violation", column, check.Name, $"table {_table.Name}: the row does not meet {check}") { Table = _table.Name }
            : new RowRejection(number, fault.Code, column, check.Name, $"table {_table.Name}, {check}: {fault.Describe(_table.Schema)}") { Table = _table.Name };
    }
}
