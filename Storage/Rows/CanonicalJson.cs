using System.Text.Json;
using System.Text.Unicode;

namespace Helios.Pipeline.Storage;

/// <summary>The one text that equal JSON values share: what Jsonb stores, and what JSON is as a key.</summary>
/// <remarks>
/// No blanks; names in the order of their UTF-8 bytes, of equal names the last counts; the shortest escapes;
/// numbers as <see cref="CanonicalJsonNumber"/> writes them, so 1.0, 1.00 and 10e-1 are all 1, without loss of a digit.
/// Memory goes with the members of the objects that are open, whatever else the text holds.
/// </remarks>
internal static class CanonicalJson
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = JsonSyntax.MaxDepth };

    /// <summary>Appends the canonical text.</summary>
    /// <param name="utf8">Text that <see cref="JsonSyntax.IsValid"/> takes.</param>
    /// <param name="into">Takes the text.</param>
    /// <exception cref="HeliosException">Corrupt: the text is no JSON after all.</exception>
    public static void Write(ReadOnlySpan<byte> utf8, ByteBuffer into)
    {
        if (!Utf8.IsValid(utf8) || !JsonSyntax.IsValid(utf8))
            throw ValueView.Damaged("JSON");
        var reader = new Utf8JsonReader(utf8, Options);
        reader.Read();
        using var members = new CanonicalJsonMembers(into);
        Write(ref reader, into, members);
    }

    /// <summary>Writes the value that the reader stands on; leaves it on the value's last token.</summary>
    private static void Write(ref Utf8JsonReader reader, ByteBuffer into, CanonicalJsonMembers members)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                WriteObject(ref reader, into, members);
                break;
            case JsonTokenType.StartArray:
                into.Append((byte)'[');
                for (var isFirst = true; reader.Read() && reader.TokenType != JsonTokenType.EndArray; isFirst = false)
                {
                    if (!isFirst)
                        into.Append((byte)',');
                    Write(ref reader, into, members);
                }

                into.Append((byte)']');
                break;
            case JsonTokenType.String:
                JsonText.WriteString(members.Unescape(ref reader), into);
                break;
            case JsonTokenType.Number:
                CanonicalJsonNumber.Write(reader.ValueSpan, into);
                break;
            default:
                into.Append(reader.ValueSpan); // true, false, null
                break;
        }
    }

    private static void WriteObject(ref Utf8JsonReader reader, ByteBuffer into, CanonicalJsonMembers members)
    {
        into.Append((byte)'{');
        var opened = members.Open();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (members.Count > opened)
                into.Append((byte)',');
            var start = into.Length;
            var name = members.Unescape(ref reader);
            JsonText.WriteString(name, into);
            into.Append((byte)':');
            members.Add(name, start);
            var index = members.Count - 1;
            reader.Read();
            Write(ref reader, into, members);
            members.End(index);
        }

        members.Close(opened);
        into.Append((byte)'}');
    }
}
