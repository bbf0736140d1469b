using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>A value of a column as statistics keep it: as a component of a key (<see cref="OrderedEncoding"/>), so its order is right whatever its type.</summary>
/// <param name="Component">The whole value; or of a longer text or Bytea its first bytes, cut anywhere in a character.</param>
/// <param name="IsClipped">Is it the first bytes only? Then the value comes behind the one that is kept.</param>
internal readonly record struct KeptValue(ImmutableArray<byte> Component, bool IsClipped) : IComparable<KeptValue>
{
    /// <summary>Bytes of a component at most: its tag, twice the bytes of a value of <see cref="HeavyHitters.MostWholeBytes"/> zeros, its end.</summary>
    public const int MostBytes = 1 + (2 * HeavyHitters.MostWholeBytes) + 2;

    public int CompareTo(KeptValue other) => Compare(Component.AsSpan(), IsClipped, other.Component.AsSpan(), other.IsClipped);

    /// <summary>As the values compare; 0 also for two long ones that begin alike.</summary>
    public static int Compare(ReadOnlySpan<byte> a, bool isClippedA, ReadOnlySpan<byte> b, bool isClippedB)
    {
        var order = a.SequenceCompareTo(b);
        return order != 0 ? order : isClippedA.CompareTo(isClippedB);
    }

    public bool Equals(KeptValue other) => Component.AsSpan().SequenceEqual(other.Component.AsSpan()) && IsClipped == other.IsClipped;

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Component.AsSpan());
        return hash.ToHashCode();
    }

    /// <summary>May a column have such bytes?</summary>
    public static bool IsTexts(ColumnType type) => type is ColumnType.Varchar or ColumnType.Text or ColumnType.Char or ColumnType.Bytea;

    /// <summary>Appends the component of a value.</summary>
    /// <param name="column">Its column, whose values are compared.</param>
    /// <param name="content">Of a text or Bytea its bytes (of a Char without trailing blanks), of every other type the value as the row has it.</param>
    /// <param name="into">Takes it.</param>
    public static void Append(Column column, ReadOnlySpan<byte> content, ByteBuffer into)
    {
        if (!IsTexts(column.Type))
        {
            KeyEncoder.TryAppendValue(column, content, into); // never too long
            return;
        }

        into.Append(OrderedEncoding.ValueTag);
        OrderedEncoding.AppendBytes(into, content);
    }
}
