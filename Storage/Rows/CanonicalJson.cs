using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Helios.Pipeline.Storage;

/// <summary>The one text that equal JSON values share: what Jsonb stores, and what JSON is as a key.</summary>
/// <remarks>
/// No blanks; names in the order of their UTF-8 bytes, of equal names the last counts; the shortest escapes;
/// numbers as <see cref="CanonicalJsonNumber"/> writes them, so 1.0, 1.00 and 10e-1 are all 1, without loss of a digit.
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
        using var document = JsonDocument.ParseValue(ref reader);
        Write(document.RootElement, into);
    }

    private static void Write(JsonElement element, ByteBuffer into)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(element, into);
                break;
            case JsonValueKind.Array:
                into.Append((byte)'[');
                var isFirst = true;
                foreach (var item in element.EnumerateArray())
                {
                    if (!isFirst)
                        into.Append((byte)',');
                    isFirst = false;
                    Write(item, into);
                }

                into.Append((byte)']');
                break;
            case JsonValueKind.String:
                JsonText.WriteString(Encoding.UTF8.GetBytes(element.GetString()!), into);
                break;
            case JsonValueKind.Number:
                CanonicalJsonNumber.Write(Encoding.UTF8.GetBytes(element.GetRawText()), into);
                break;
            case JsonValueKind.True:
                into.Append("true"u8);
                break;
            case JsonValueKind.False:
                into.Append("false"u8);
                break;
            default:
                into.Append("null"u8);
                break;
        }
    }

    private static void WriteObject(JsonElement element, ByteBuffer into)
    {
        var last = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
            last[property.Name] = property.Value;
        var ordered = last.Select(p => (Name: Encoding.UTF8.GetBytes(p.Key), p.Value)).ToArray();
        Array.Sort(ordered, static (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));

        into.Append((byte)'{');
        for (var i = 0; i < ordered.Length; i++)
        {
            if (i > 0)
                into.Append((byte)',');
            JsonText.WriteString(ordered[i].Name, into);
            into.Append((byte)':');
            Write(ordered[i].Value, into);
        }

        into.Append((byte)'}');
    }
}
