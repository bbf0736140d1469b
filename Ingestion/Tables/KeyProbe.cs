using System.Collections.Immutable;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Encodes key values to look for. A value that no row of the column's type can have finds nothing; one of another type is misuse.</summary>
internal static class KeyProbe
{
    /// <returns>False where no row can have this key: a value is NULL or out of the type's range.</returns>
    /// <exception cref="InvalidOperationException">The table has no such key.</exception>
    /// <exception cref="ArgumentException">A value is of another type than its column, or there are more or fewer than columns.</exception>
    public static bool TryEncode(TablePlan plan, int index, ReadOnlySpan<object> key, ByteBuffer into) =>
        TryEncode(plan, index, Ordinals(plan, index, key.Length), key, into);

    /// <summary>The same for a unique constraint.</summary>
    /// <param name="plan">The table.</param>
    /// <param name="constraint">The constraint's name.</param>
    /// <param name="key">Its values in key order.</param>
    /// <param name="into">Takes the key.</param>
    /// <param name="index">The constraint's index.</param>
    /// <exception cref="ArgumentException">As above, or there is no such constraint.</exception>
    public static bool TryEncodeUnique(TablePlan plan, string constraint, ReadOnlySpan<object> key, ByteBuffer into, out int index)
    {
        index = IndexOf(plan, constraint, key.Length);
        return TryEncode(plan, index, plan.Definition.Indexes[index].Ordinals, key, into);
    }

    /// <summary>The index of a unique constraint, whose columns must be as many as values.</summary>
    /// <exception cref="ArgumentException">There are more or fewer, or there is no such constraint.</exception>
    public static int IndexOf(TablePlan plan, string constraint, int values)
    {
        for (var index = 0; index < plan.UniqueCount; index++)
        {
            var found = plan.Definition.Indexes[index];
            if (found.IsPrimary || found.Name != constraint)
                continue;
            if (found.Ordinals.Length != values)
                throw new ArgumentException($"Unique constraint {constraint} of table {plan.Definition.Name} has {found.Ordinals.Length} values, not {values}.", nameof(values));
            return index;
        }

        throw new ArgumentException($"Table {plan.Definition.Name} has no unique constraint {constraint}.", nameof(constraint));
    }

    /// <summary>The same for the primary key, from texts as CSV has them.</summary>
    /// <exception cref="HeliosException">Invalid: a text is no value of its column's type.</exception>
    public static bool TryEncodeText(TablePlan plan, IReadOnlyList<string> key, ByteBuffer into)
    {
        var ordinals = Ordinals(plan, 0, key.Count);
        using var values = new ByteBuffer();
        var writer = new RowWriter(values);
        writer.Begin(plan.Definition.SchemaVersion, ordinals.Length);
        for (var i = 0; i < ordinals.Length; i++)
        {
            var column = plan.Definition.Schema.Columns[ordinals[i]];
            if (!ColumnText.TryParse(column, Encoding.UTF8.GetBytes(key[i]), ref writer, out var why))
                throw new HeliosException(HeliosErrorKind.Invalid, "type_mismatch", $"table {plan.Definition.Name}, key column {column.Name}: {why}.") { Table = plan.Definition.Name, Column = column.Name };
        }

        writer.End();
        return TryEncode(plan, 0, values.Written, into);
    }

    /// <summary>The same, for a row that holds nothing but the key's values, in key order.</summary>
    public static bool TryEncode(TablePlan plan, int index, ReadOnlySpan<byte> values, ByteBuffer into)
    {
        into.Truncate(0);
        return plan.Encoders[index].TryAppendProbe(values, into, out var key, out var fault) ? !key.HasNull : NotFound(plan, fault);
    }

    /// <summary>The columns of an index, of which there must be as many as values.</summary>
    public static ImmutableArray<int> Ordinals(TablePlan plan, int index, int values)
    {
        if (index >= plan.UniqueCount || (index == 0 && plan.Definition.Schema.PrimaryKey.IsEmpty))
            throw new InvalidOperationException($"Table {plan.Definition.Name} has no primary key.");
        var ordinals = plan.Definition.Indexes[index].Ordinals;
        return ordinals.Length == values ? ordinals : throw new ArgumentException($"The key of table {plan.Definition.Name} has {ordinals.Length} values, not {values}.");
    }

    /// <summary>False where no row can have the value; throws where the caller mistook the column's type.</summary>
    public static bool NotFound(TablePlan plan, RowFault fault) =>
        fault.IsNoSuchKey || fault.Code == RowFault.InvalidText ? false : throw new ArgumentException($"Table {plan.Definition.Name}: {fault.Describe(plan.Definition.Schema)}");

    private static bool TryEncode(TablePlan plan, int index, ImmutableArray<int> ordinals, ReadOnlySpan<object> key, ByteBuffer into)
    {
        using var values = new ByteBuffer();
        var writer = new RowWriter(values);
        writer.Begin(plan.Definition.SchemaVersion, ordinals.Length);
        for (var i = 0; i < ordinals.Length; i++)
        {
            if (key[i] is null)
                return false;
            if (!ColumnClr.TryWrite(plan.Definition.Schema.Columns[ordinals[i]], key[i], ref writer, out var fault))
                return NotFound(plan, fault with { Ordinal = ordinals[i] });
        }

        writer.End();
        return TryEncode(plan, index, values.Written, into);
    }
}
