using System.Text.Json;

namespace Helios.Pipeline.Ingestion;

/// <summary>Walks the fields of one JSON object from left to right; allocates nothing unless the record is refused.</summary>
/// <remarks>
/// Names and values are spans into the record, or into the scratch where escapes had to go; they stay valid until the
/// scratch begins another record. When <see cref="MoveNext"/> says false, <see cref="Fault"/> says whether the
/// record is refused: only then is all of it known to be good.
/// </remarks>
internal ref struct JsonObjectFields
{
    /// <summary>Objects and arrays in each other, the record itself included.</summary>
    public const int MaxDepth = 64;

    private readonly ReadOnlySpan<byte> _record;
    private readonly FieldScratch _scratch;
    private Utf8JsonReader _reader;
    private bool _isDone;

    public JsonObjectFields(ReadOnlySpan<byte> record, FieldScratch scratch)
    {
        _record = record;
        _scratch = scratch;
        _reader = new Utf8JsonReader(record, new JsonReaderOptions { MaxDepth = MaxDepth });
        scratch.Begin(record.Length);
    }

    /// <summary>The current field's name, unescaped.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>String, Number, True, False, Null, StartObject or StartArray.</summary>
    public JsonTokenType Kind { get; private set; }

    /// <summary>A string's text, unescaped and without quotes; the JSON text of any other value.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Why the record must be refused, or null.</summary>
    public RecordFault? Fault { get; private set; }

    /// <summary>Goes to the next field; false behind the last and where the record is malformed.</summary>
    public bool MoveNext()
    {
        if (_isDone)
            return false;
        try
        {
            return Step();
        }
        catch (JsonException e)
        {
            return Refuse($"The record is no valid JSON at byte {e.BytePositionInLine}: {Sentence(e.Message)}");
        }
        catch (InvalidOperationException)
        {
            // What CopyString throws for \ud800 alone.
            return Refuse($"The record is no valid JSON at byte {_reader.TokenStartIndex}: an escape gives half a character.");
        }
    }

    private bool Step()
    {
        if (_reader.TokenType == JsonTokenType.None && (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject))
            return Refuse("The record is no JSON object.");

        _reader.Read();
        if (_reader.TokenType == JsonTokenType.EndObject)
        {
            _isDone = true;
            _reader.Read(); // throws where something stands behind the object
            return false;
        }

        Name = Text();
        _reader.Read();
        Kind = _reader.TokenType;
        if (Kind is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            var start = (int)_reader.TokenStartIndex;
            _reader.Skip();
            Value = _record[start..(int)_reader.BytesConsumed];
        }
        else
        {
            Value = Kind == JsonTokenType.String ? Text() : _reader.ValueSpan;
        }

        return true;
    }

    private readonly ReadOnlySpan<byte> Text() =>
        _reader.ValueIsEscaped ? _scratch.Keep(_reader.CopyString(_scratch.Free)) : _reader.ValueSpan;

    private bool Refuse(string message)
    {
        _isDone = true;
        Fault = new RecordFault(RecordCodes.Malformed, null, message);
        return false;
    }

    private static string Sentence(string message)
    {
        var position = message.IndexOf(" LineNumber:", StringComparison.Ordinal); // said already
        return position < 0 ? message : message[..position];
    }
}
