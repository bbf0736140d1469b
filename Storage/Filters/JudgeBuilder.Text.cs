using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>Texts that begin with some text.</summary>
internal sealed partial class JudgeBuilder
{
    private JudgeNode Like(LikeNode node)
    {
        if (ColumnOf(node.Operand) is not { } column || !IsConstant(node.Pattern))
            return FixedJudge.Unknown;
        var pattern = Evaluate(node.Pattern);
        if (!pattern.HasValue)
            return Fixed(pattern);
        if (!LikePattern.IsWhole(pattern.Bytes, node.Escape))
            return FixedJudge.Unknown; // fails in every row
        var prefix = Prefix(pattern.Bytes, node.Escape, out var rest);
        return Prefixed(column, prefix, isOnly: rest.IsEmpty, isDecided: rest.SequenceEqual("%"u8));
    }

    private JudgeNode StartsWith(BinaryFunctionNode call)
    {
        if (ColumnOf(call.First) is not { } column || !IsConstant(call.Second))
            return FixedJudge.Unknown;
        var prefix = Evaluate(call.Second);
        return prefix.HasValue ? Prefixed(column, prefix.Bytes, isOnly: false, isDecided: true) : Fixed(prefix);
    }

    /// <summary>What every text that matches begins with.</summary>
    public static byte[] Prefix(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> escape, out ReadOnlySpan<byte> rest)
    {
        var prefix = new List<byte>();
        while (!pattern.IsEmpty)
        {
            var isEscaped = !escape.IsEmpty && pattern.StartsWith(escape);
            if (!isEscaped && pattern[0] is (byte)'%' or (byte)'_')
                break;
            pattern = isEscaped ? pattern[escape.Length..] : pattern;
            var length = Utf8Characters.LengthAt(pattern, 0);
            prefix.AddRange(pattern[..length]);
            pattern = pattern[length..];
        }

        rest = pattern;
        return [.. prefix];
    }

    /// <param name="column">A text, which is looked at without trailing blanks where it is a Char: as its codes are.</param>
    /// <param name="prefix">What it begins with.</param>
    /// <param name="isOnly">Does nothing stand behind it?</param>
    /// <param name="isDecided">May anything stand behind it?</param>
    private PrefixJudge Prefixed(ColumnNode column, ReadOnlySpan<byte> prefix, bool isOnly, bool isDecided)
    {
        var low = ZoneCode.Of(prefix);
        Span<byte> last = stackalloc byte[sizeof(ulong)];
        last.Fill(isOnly ? (byte)0 : byte.MaxValue);
        prefix[..Math.Min(prefix.Length, last.Length)].CopyTo(last);
        ZoneColumns.Add(column.Ordinal);
        if (isOnly)
            BloomColumns.Add(column.Ordinal);
        // A code tells no zero byte from the end of a text, and nothing of what stands behind its 8 bytes.
        var isInCode = prefix.Length <= last.Length && !prefix.Contains((byte)0);
        return new PrefixJudge(column.Ordinal, low, BinaryPrimitives.ReadUInt64BigEndian(last), isDecided && isInCode, isOnly ? ValueHash.OfText(prefix) : null);
    }
}
