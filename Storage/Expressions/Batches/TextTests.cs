namespace Helios.Pipeline.Storage;

/// <summary>What is asked of the bytes of a text that is there.</summary>
internal interface ITextTest
{
    bool Holds(ReadOnlySpan<byte> text);
}

internal readonly struct EqualTest(byte[] other) : ITextTest
{
    public bool Holds(ReadOnlySpan<byte> text) => text.SequenceEqual(other);
}

internal readonly struct PrefixTest(byte[] prefix) : ITextTest
{
    public bool Holds(ReadOnlySpan<byte> text) => text.StartsWith(prefix);
}

internal readonly struct SuffixTest(byte[] suffix) : ITextTest
{
    public bool Holds(ReadOnlySpan<byte> text) => text.EndsWith(suffix);
}

internal readonly struct ContainsTest(byte[] part) : ITextTest
{
    public bool Holds(ReadOnlySpan<byte> text) => text.IndexOf(part) >= 0;
}

/// <summary>LIKE with a pattern that is none of the simpler tests.</summary>
internal readonly struct PatternTest(byte[] pattern, byte[] escape) : ITextTest
{
    public bool Holds(ReadOnlySpan<byte> text) => LikePattern.Matches(text, pattern, escape);
}

/// <summary>From one text to another, both inside; null for no end.</summary>
internal readonly struct TextRangeTest(byte[]? low, bool takesLow, byte[]? high, bool takesHigh) : ITextTest
{
    public bool Holds(ReadOnlySpan<byte> text)
    {
        if (low is not null && text.SequenceCompareTo(low) is var fromLow && (fromLow < 0 || (fromLow == 0 && !takesLow)))
            return false;
        return high is null || text.SequenceCompareTo(high) is var fromHigh && (fromHigh < 0 || (fromHigh == 0 && takesHigh));
    }
}

/// <summary>One of some texts.</summary>
/// <param name="sorted">Ascending.</param>
internal readonly struct TextMemberTest(byte[][] sorted) : ITextTest
{
    public bool Holds(ReadOnlySpan<byte> text)
    {
        var (low, high) = (0, sorted.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = text.SequenceCompareTo(sorted[middle]);
            if (order == 0)
                return true;
            if (order < 0)
                high = middle - 1;
            else
                low = middle + 1;
        }

        return false;
    }
}
