using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Hands out numbers of auto-increment columns ahead of the rows.</summary>
internal static class Numbering
{
    public static long Reserve(HeliosEngine engine, TablePlan plan, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        engine.ThrowIfClosed();
        if (plan.Numbers is not { } numbers)
            throw new InvalidOperationException($"Table {plan.Definition.Name} has no auto-increment column.");
        if (numbers.TryTake(count, out var first))
            return first;
        var column = plan.Definition.Schema.Columns[numbers.Ordinal];
        throw new HeliosException(HeliosErrorKind.Invalid, RowFault.AutoIncrementExhausted,
            $"Table {plan.Definition.Name}, column {column.Name}: {column.Type} has not {count} numbers left behind {numbers.Last}. None was taken.") { Table = plan.Definition.Name, Column = column.Name };
    }
}
