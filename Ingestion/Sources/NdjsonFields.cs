using System.Text;
using System.Text.Json;

namespace Helios.Pipeline.Ingestion;

/// <summary>Walks the fields of one NDJSON record and says which columns they are.</summary>
/// <remarks>
/// As <see cref="JsonObjectFields"/>: spans stay valid until the scratch begins another record, and the record is
/// good only when <see cref="MoveNext"/> has said false and <see cref="Fault"/> is null. A column without a field is
/// NULL; ask <see cref="FieldScratch.HasSeen"/>.
/// </remarks>
internal ref struct NdjsonFields
{
    private readonly NdjsonColumns _columns;
    private readonly FieldScratch _scratch;
    private JsonObjectFields _fields;
    private RecordFault? _fault;

    public NdjsonFields(ReadOnlySpan<byte> record, NdjsonColumns columns, FieldScratch scratch)
    {
        _columns = columns;
        _scratch = scratch;
        _fields = new JsonObjectFields(record, scratch);
        Ordinal = -1;
        scratch.ClearSeen(columns.Count);
    }

    /// <summary>The column of the current field.</summary>
    public int Ordinal { get; private set; }

    /// <summary>String, Number, True, False, Null, StartObject or StartArray.</summary>
    public readonly JsonTokenType Kind => _fields.Kind;

    /// <summary>A string's text, unescaped and without quotes; the JSON text of any other value.</summary>
    public readonly ReadOnlySpan<byte> Value => _fields.Value;

    /// <summary>Why the record must be refused, or null.</summary>
    public readonly RecordFault? Fault => _fault ?? _fields.Fault;

    /// <summary>Goes to the next field; false behind the last and where the record must be refused.</summary>
    public bool MoveNext()
    {
        if (_fault is not null || !_fields.MoveNext())
            return false;

        var ordinal = _columns.IndexOf(_fields.Name, Ordinal + 1);
        if (ordinal < 0)
            return Refuse(RecordCodes.UnknownColumn, "is no column of the table");
        Ordinal = ordinal;
        return _scratch.TryMarkSeen(ordinal) || Refuse(RecordCodes.DuplicateColumn, "is there twice");
    }

    private bool Refuse(string code, string what)
    {
        var excerpt = _fields.Name[..RawExcerpt.Length(_fields.Name, Storage.TableSchema.MaxNameBytes)];
        var name = Encoding.UTF8.GetString(excerpt);
        _fault = new RecordFault(code, name, $"Field {name} {what}.");
        return false;
    }
}
