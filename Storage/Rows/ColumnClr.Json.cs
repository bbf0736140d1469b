using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Helios.Pipeline.Storage;

/// <summary>JSON from the forms it has in the CLR.</summary>
internal static partial class ColumnClr
{
    private static string? WriteJson(ColumnType type, object value, ref RowWriter writer)
    {
        switch (value)
        {
            case JsonDocument document:
                return WriteJson(type, document.RootElement, ref writer);
            case JsonElement { ValueKind: not JsonValueKind.Undefined } element:
                return WriteJsonText(type, JsonMarshal.GetRawUtf8Value(element), ref writer);
            case JsonNode node:
                return WriteJsonText(type, Encoding.UTF8.GetBytes(node.ToJsonString()), ref writer);
            case string text:
                using (var utf8 = new ByteBuffer(text.Length + 16))
                {
                    var room = utf8.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
                    if (Utf8.FromUtf16(text, room, out _, out var length, replaceInvalidSequences: false) != System.Buffers.OperationStatus.Done)
                        return RowFault.InvalidText;
                    return WriteJsonText(type, room[..length], ref writer);
                }

            default:
                return RowFault.TypeMismatch;
        }
    }

    private static string? WriteJsonText(ColumnType type, ReadOnlySpan<byte> utf8, ref RowWriter writer)
    {
        if (!Utf8.IsValid(utf8))
            return RowFault.InvalidText;
        if (!JsonSyntax.IsValid(utf8))
            return RowFault.InvalidJson;
        if (type == ColumnType.Json)
        {
            writer.WriteUtf8(utf8);
            return null;
        }

        using var canonical = new ByteBuffer(utf8.Length + 16);
        CanonicalJson.Write(utf8, canonical);
        writer.WriteUtf8(canonical.Written);
        return null;
    }
}
