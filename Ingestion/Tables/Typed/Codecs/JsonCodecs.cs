using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>JSON by its text. Allocates per value: the text has to be made and checked.</summary>
internal abstract class JsonCodec<TValue>(ColumnType type) : ValueCodec<TValue>
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override bool TryWrite(TValue value, ref RowWriter writer, ref RowFault fault)
    {
        if (value is null)
        {
            writer.WriteNull();
            return true;
        }

        byte[] utf8;
        try
        {
            utf8 = s_strict.GetBytes(Text(value));
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            fault = new RowFault(RowFault.InvalidText, -1, Detail: error.Message);
            return false;
        }

        if (ColumnText.TryParse(new Column("json", type), utf8, ref writer, out var why))
            return true;
        fault = new RowFault(RowFault.TypeMismatch, -1, Detail: why);
        return false;
    }

    protected abstract string Text(TValue value);
}

internal sealed class JsonTextCodec(ColumnType type) : JsonCodec<string?>(type)
{
    public override string Read(ValueView value) => Encoding.UTF8.GetString(value.GetUtf8());

    protected override string Text(string? value) => value!;
}

internal sealed class JsonElementCodec(ColumnType type) : JsonCodec<JsonElement>(type)
{
    public override JsonElement Read(ValueView value)
    {
        using var document = JsonDocument.Parse(value.GetUtf8().ToArray());
        return document.RootElement.Clone();
    }

    protected override string Text(JsonElement value) => value.GetRawText();
}

internal sealed class JsonNodeCodec<TNode>(ColumnType type) : JsonCodec<TNode?>(type)
    where TNode : JsonNode
{
    // The JSON text "null" is a null reference in this object model.
    public override TNode? Read(ValueView value) => JsonNode.Parse(value.GetUtf8()) switch
    {
        null => null,
        TNode node => node,
        var other => throw new FormatException($"the JSON value is a {other.GetValueKind()}, no {typeof(TNode).Name}"),
    };

    protected override string Text(TNode? value) => value!.ToJsonString();
}
