using Helios.Pipeline.Storage;
using CsCheck;

namespace Helios.Pipeline.Decoders;

internal delegate void WriteCell(ref RowWriter writer, object value);

internal delegate object ReadCell(ValueView value);

/// <summary>Values of one column type, and what the tests know about them by themselves.</summary>
/// <param name="Column">A column of the type that may be NULL.</param>
/// <param name="Values">Values, never NULL.</param>
/// <param name="Write">Writes one.</param>
/// <param name="Read">Reads one.</param>
/// <param name="Compare">How they compare as keys.</param>
internal sealed record CellKind(Column Column, Gen<object> Values, WriteCell Write, ReadCell Read, Comparison<object> Compare)
{
    /// <summary>Values and NULL.</summary>
    public Gen<object?> Cells { get; } = Gen.Frequency((1, Gen.Const((object?)null)), (6, Values.Select(value => (object?)value)));

    public void WriteOrNull(ref RowWriter writer, object? value)
    {
        if (value is null)
            writer.WriteNull();
        else
            Write(ref writer, value);
    }

    public object? ReadOrNull(ValueView value) => value.IsNull ? null : Read(value);

    /// <summary>NULL comes first.</summary>
    public int CompareOrNull(object? one, object? other) =>
        one is null || other is null ? (one is not null).CompareTo(other is not null) : Compare(one, other);
}
