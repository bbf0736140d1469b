using System.Text.Json;
using System.Text.Unicode;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A record that was not stored, as the table of dead letters and the file of rejects have it.</summary>
internal readonly ref struct RejectedRecord
{
    public required long Record { get; init; }

    public required long Offset { get; init; }

    public required string Code { get; init; }

    public string? Column { get; init; }

    public required string Message { get; init; }

    /// <summary>The record, or the first 64 KiB of it.</summary>
    public required ReadOnlySpan<byte> Raw { get; init; }

    /// <summary>The record's whole length.</summary>
    public required long RawBytes { get; init; }

    /// <summary>Writes a row of <see cref="DeadLetters"/> between BeginRow and EndRow.</summary>
    public void Write(ChangeSetBuilder changes, string table, Guid source)
    {
        var raw = Raw.Length > DeadLetters.MaxRawBytes ? Raw[..RawExcerpt.Length(Raw, DeadLetters.MaxRawBytes)] : Raw;
        changes.BeginRow();
        var writer = new RowWriter(changes.Buffer);
        writer.Begin(DeadLetters.Definition.SchemaVersion, DeadLetters.Definition.Schema.Columns.Length);
        writer.WriteText(table);
        writer.WriteGuid(source);
        writer.WriteInt64(Record);
        writer.WriteInt64(Offset);
        writer.WriteText(Code);
        if (Column is null)
            writer.WriteNull();
        else
            writer.WriteText(Column);
        writer.WriteText(Message);
        var isText = Utf8.IsValid(raw);
        if (isText)
            writer.WriteUtf8(raw);
        else
            writer.WriteNull();
        writer.WriteInt64(RawBytes);
        if (isText)
            writer.WriteNull();
        else
            writer.WriteBytes(raw);
        writer.End();
        changes.EndRow();
    }

    /// <summary>Writes one line of the file of rejects, without its line feed.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("record", Record);
        json.WriteNumber("offset", Offset);
        json.WriteString("code", Code);
        json.WriteString("column", Column);
        json.WriteString("message", Message);
        var raw = Raw.Length > DeadLetters.MaxRawBytes ? Raw[..RawExcerpt.Length(Raw, DeadLetters.MaxRawBytes)] : Raw;
        var isText = Utf8.IsValid(raw);
        if (isText)
            json.WriteString("raw", raw);
        else
            json.WriteNull("raw");
        json.WriteNumber("rawBytes", RawBytes);
        if (!isText)
            json.WriteBase64String("rawBase64", raw);
        json.WriteEndObject();
    }
}
