using System.Text;

namespace Helios.Pipeline.Storage.Tests;

internal delegate void WriteValue(ref RowWriter writer, object value);

internal delegate object ReadValue(ValueView value);

/// <summary>What the tests know about a column type, independent of the code under test: values, and how they compare.</summary>
/// <param name="Column">A column of the type.</param>
/// <param name="Next">A random value; edges often.</param>
/// <param name="Write">Writes it.</param>
/// <param name="Read">Reads it back.</param>
/// <param name="Compare">The order of values as keys.</param>
internal sealed record TypeSample(Column Column, Func<Random, object> Next, WriteValue Write, ReadValue Read, Comparison<object> Compare)
{
    public TableSchema Schema => new([Column]);

    /// <summary>A row with one column.</summary>
    public byte[] Row(object? value)
    {
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, 1);
        if (value is null)
            writer.WriteNull();
        else
            Write(ref writer, value);
        writer.End();
        return buffer.Written.ToArray();
    }

    /// <summary>The key of a row of this column alone.</summary>
    public byte[] Key(object? value) => Keys.Of(Schema, Row(value));

    /// <summary>The samples for a type; a type without one fails.</summary>
    public static TypeSample Of(ColumnType type) => TypeSamples.All.TryGetValue(type, out var sample)
        ? sample
        : throw new InvalidOperationException($"{type} has no sample: add one to {nameof(TypeSamples)}.");

    public static IEnumerable<object[]> EveryType() => Enum.GetValues<ColumnType>().Select(t => new object[] { t });

    /// <summary>Compares UTF-8, byte by byte.</summary>
    public static int CompareText(string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));
}
