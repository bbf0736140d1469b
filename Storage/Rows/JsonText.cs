using System.Buffers;

namespace Helios.Pipeline.Storage;

/// <summary>Writes JSON strings with no more escapes than JSON asks for; valid UTF-8 stays as it is.</summary>
internal static class JsonText
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(b => (byte)b), (byte)'"', (byte)'\\']);

    /// <summary>Writes the string with its quotes.</summary>
    public static void WriteString(ReadOnlySpan<byte> utf8, IBufferWriter<byte> into)
    {
        into.Write("\""u8);
        int next;
        while ((next = utf8.IndexOfAny(Escaped)) >= 0)
        {
            into.Write(utf8[..next]);
            WriteEscape(utf8[next], into);
            utf8 = utf8[(next + 1)..];
        }

        into.Write(utf8);
        into.Write("\""u8);
    }

    /// <summary>Writes JSON on one line. A line break in JSON stands between its parts, never inside a string, so a blank says the same.</summary>
    public static void WriteOnOneLine(ReadOnlySpan<byte> json, IBufferWriter<byte> into)
    {
        int next;
        while ((next = json.IndexOfAny((byte)'\n', (byte)'\r')) >= 0)
        {
            into.Write(json[..next]);
            into.Write(" "u8);
            json = json[(next + 1)..];
        }

        into.Write(json);
    }

    private static void WriteEscape(byte b, IBufferWriter<byte> into)
    {
        switch (b)
        {
            case (byte)'"': into.Write("\\\""u8); break;
            case (byte)'\\': into.Write("\\\\"u8); break;
            case (byte)'\b': into.Write("\\b"u8); break;
            case (byte)'\f': into.Write("\\f"u8); break;
            case (byte)'\n': into.Write("\\n"u8); break;
            case (byte)'\r': into.Write("\\r"u8); break;
            case (byte)'\t': into.Write("\\t"u8); break;
            default: into.Write([(byte)'\\', (byte)'u', (byte)'0', (byte)'0', (byte)('0' + (b >> 4)), "0123456789abcdef"u8[b & 15]]); break;
        }
    }
}
