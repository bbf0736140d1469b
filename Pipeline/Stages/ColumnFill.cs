using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>What a table's columns get where a row has no value for them. Any thread; part of encoding a row.</summary>
internal sealed class ColumnFill
{
    private readonly TableSchema _schema;
    private readonly AutoIncrement? _numbers;
    private readonly CompiledExpression?[] _defaults;
    private readonly TimeProvider _time;

    private ColumnFill(TableSchema schema, AutoIncrement? numbers, TimeProvider time)
    {
        _schema = schema;
        _numbers = numbers;
        _time = time;
        _defaults = [.. schema.Columns.Select(column => column.Default is null ? null : ExpressionBinder.CompileValue(column.Default, schema, column))];
    }

    /// <summary>Null where a missing value is always NULL.</summary>
    public static ColumnFill? Of(TableSchema schema, AutoIncrement? numbers, TimeProvider time) =>
        numbers is null && schema.Columns.All(static column => column.Default is null) ? null : new ColumnFill(schema, numbers, time);

    /// <summary>Is there a value for the column where the row has none?</summary>
    public bool Has(int ordinal) => HasNumbers(ordinal) || _defaults[ordinal] is not null;

    /// <summary>Does the column take a number also where the row says NULL?</summary>
    public bool HasNumbers(int ordinal) => _numbers is not null && _numbers.Ordinal == ordinal;

    /// <summary>Writes the value of a column for which <see cref="Has"/> holds; false, and why, where there is none that fits: then the row is to be abandoned.</summary>
    public bool TryWrite(int ordinal, ref RowWriter writer, out RowFault fault)
    {
        fault = default;
        if (_defaults[ordinal] is { } value)
        {
            var context = value.IsDeterministic ? default : new EvaluationContext(_time, Guid.NewGuid);
            if (value.TryWrite(_schema.Columns[ordinal], default, default, context, ref writer, out fault))
                return true;
            fault = fault with { Ordinal = ordinal };
            return false;
        }

        if (!_numbers!.TryTake(1, out var number))
        {
            fault = new RowFault(RowFault.AutoIncrementExhausted, ordinal);
            return false;
        }

        writer.WriteInt64(number);
        return true;
    }

    /// <summary>A row is encoded: numbers that are given from now on lie above the one in it.</summary>
    public void Encoded(ReadOnlySpan<byte> row) => _numbers?.RaiseTo(row);
}
