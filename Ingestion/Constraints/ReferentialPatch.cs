using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>What the action of a foreign key makes of a row that refers and is not to go.</summary>
internal static class ReferentialPatch
{
    /// <summary>Writes the row with other values in the columns of the foreign key.</summary>
    /// <param name="reference">The foreign key.</param>
    /// <param name="action">Not a refusal, and no cascaded delete.</param>
    /// <param name="child">The row that refers.</param>
    /// <param name="parent">The row that it refers to, as it is to be; empty where that goes.</param>
    /// <param name="into">Takes the row.</param>
    public static void Append(ForeignKeyPlan reference, ReferentialAction action, ReadOnlySpan<byte> child, ReadOnlySpan<byte> parent, ByteBuffer into)
    {
        var definition = reference.Child.Definition;
        var values = new byte[]?[definition.Schema.Columns.Length];
        var ordinals = definition.Indexes[reference.ChildIndex].Ordinals;
        for (var i = 0; i < ordinals.Length; i++)
        {
            values[ordinals[i]] = action switch
            {
                ReferentialAction.Cascade => ParentValue(reference.Parent, parent, reference.Parent.Definition.Indexes[reference.ParentIndex].Ordinals[i]),
                ReferentialAction.SetDefault => DefaultValue(reference.Child, ordinals[i]),
                _ => [MessagePackToken.Nil],
            };
        }

        var offsets = new int[values.Length];
        RowView.ReadOffsets(child, offsets);
        RowPatch.Append(child, offsets, values, into);
    }

    private static byte[] ParentValue(TablePlan plan, ReadOnlySpan<byte> row, int ordinal)
    {
        var offsets = new int[plan.Definition.Schema.Columns.Length];
        RowView.ReadOffsets(row, offsets);
        return RowPatch.Value(row, offsets, ordinal).ToArray();
    }

    private static byte[] DefaultValue(TablePlan plan, int ordinal)
    {
        if (plan.Definition.Schema.Columns[ordinal].Default is null)
            return [MessagePackToken.Nil];
        using var value = new ByteBuffer();
        var writer = new RowWriter(value);
        writer.Begin(plan.Definition.SchemaVersion, 1);
        if (!plan.Fill!.TryWrite(ordinal, ref writer, out var fault))
            throw RowErrors.DoesNotFit(plan.Definition, 0, ordinal, fault);
        writer.End();
        var offsets = new int[1];
        RowView.ReadOffsets(value.Written, offsets);
        return RowPatch.Value(value.Written, offsets, 0).ToArray();
    }
}
