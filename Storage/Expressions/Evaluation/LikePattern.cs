namespace Helios.Pipeline.Storage;

/// <summary>LIKE over UTF-8: % stands for any characters, _ for one; behind the escape character each stands for itself. Allocates nothing.</summary>
internal static class LikePattern
{
    /// <summary>False where the escape character is the last one and escapes nothing.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> escape)
    {
        if (escape.IsEmpty)
            return true;
        for (var at = 0; at < pattern.Length; at += Utf8Characters.LengthAt(pattern, at))
        {
            if (!pattern[at..].StartsWith(escape))
                continue;
            at += escape.Length;
            if (at == pattern.Length)
                return false;
        }

        return true;
    }

    /// <param name="text">Valid UTF-8.</param>
    /// <param name="pattern">Valid UTF-8 for which <see cref="IsWhole"/> holds.</param>
    /// <param name="escape">One character, or nothing.</param>
    public static bool Matches(ReadOnlySpan<byte> text, ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> escape)
    {
        var (at, next) = (0, 0);
        var (resumeAt, resumeNext) = (0, -1); // where the latest % tries again, and the pattern behind it
        while (at < text.Length || next < pattern.Length)
        {
            if (next < pattern.Length)
            {
                var isEscaped = !escape.IsEmpty && pattern[next..].StartsWith(escape);
                if (!isEscaped && pattern[next] == '%')
                {
                    (resumeAt, resumeNext) = (at, ++next);
                    continue;
                }

                var literal = isEscaped ? next + escape.Length : next;
                var length = Utf8Characters.LengthAt(pattern, literal);
                var isAny = !isEscaped && pattern[next] == '_';
                if (at < text.Length && (isAny || text[at..].StartsWith(pattern.Slice(literal, length))))
                {
                    at += isAny ? Utf8Characters.LengthAt(text, at) : length;
                    next = literal + length;
                    continue;
                }
            }

            if (resumeNext < 0 || at == text.Length)
                return false; // less text is left for the same rest of the pattern: no further try can end well
            resumeAt += Utf8Characters.LengthAt(text, resumeAt); // the % takes one character more
            (at, next) = (resumeAt, resumeNext);
        }

        return true;
    }
}
