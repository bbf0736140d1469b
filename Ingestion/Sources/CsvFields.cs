namespace Helios.Pipeline.Ingestion;

/// <summary>Walks the fields of one CSV record from left to right; allocates nothing unless the record is refused.</summary>
/// <remarks>
/// The record is as the reader cut it: without its line ending, valid UTF-8, quotes closed. Values are spans into
/// the record, or into the scratch where doubled quotes had to go; they stay valid until the scratch begins another record.
/// <code>
/// var fields = new CsvFields(record, (byte)',', scratch);
/// while (fields.MoveNext())
///     Use(fields.Index, fields.Value, fields.IsNull);
/// if (fields.Finish(columns) is { } fault)
///     Reject(fault);
/// </code>
/// </remarks>
internal ref struct CsvFields
{
    private const byte Quote = (byte)'"';

    private readonly ReadOnlySpan<byte> _record;
    private readonly FieldScratch _scratch;
    private readonly byte _delimiter;
    private int _next; // where the next field begins; beyond the record when there is none
    private int _strayAt = -1;
    private bool _usesScratch;

    public CsvFields(ReadOnlySpan<byte> record, byte delimiter, FieldScratch scratch)
    {
        _record = record;
        _delimiter = delimiter;
        _scratch = scratch;
        Index = -1;
    }

    /// <summary>The current field's place, from 0; -1 before the first.</summary>
    public int Index { get; private set; }

    /// <summary>Fields seen so far.</summary>
    public readonly int Count => Index + 1;

    /// <summary>The current field without its quotes, doubled quotes made one.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Did the current field stand in quotes?</summary>
    public bool IsQuoted { get; private set; }

    /// <summary>An unquoted empty field is NULL; <c>""</c> is the empty text.</summary>
    public readonly bool IsNull => Value.IsEmpty && !IsQuoted;

    /// <summary>Goes to the next field; false behind the last, and where the record is malformed.</summary>
    public bool MoveNext()
    {
        if (_next > _record.Length || _strayAt >= 0)
            return false;

        Index++;
        IsQuoted = _next < _record.Length && _record[_next] == Quote;
        return IsQuoted ? MoveNextQuoted() : MoveNextUnquoted();
    }

    /// <summary>Walks to the end and says why the record must be refused, or null.</summary>
    /// <param name="expected">Fields the record must have.</param>
    public RecordFault? Finish(int expected)
    {
        while (MoveNext())
        {
        }

        if (_strayAt >= 0)
        {
            return new RecordFault(RecordCodes.Malformed, null,
                $"Field {Count} goes on behind its closing quote, at byte {_strayAt} of the record.");
        }

        return Count == expected ? null
            : new RecordFault(RecordCodes.ColumnCount, null, $"The record has {Count} fields, not {expected}.");
    }

    private bool MoveNextUnquoted()
    {
        var rest = _record[_next..];
        var length = rest.IndexOf(_delimiter);
        if (length < 0)
            length = rest.Length;
        Value = rest[..length];
        _next += length + 1;
        return true;
    }

    private bool MoveNextQuoted()
    {
        var start = _next + 1;
        var doubled = 0;
        var at = start;
        while (true)
        {
            var next = _record[at..].IndexOf(Quote);
            if (next < 0)
                return Stray(_record.Length); // the reader cuts no such record
            at += next;
            if (at + 1 == _record.Length || _record[at + 1] != Quote)
                break;
            doubled++;
            at += 2;
        }

        if (at + 1 < _record.Length && _record[at + 1] != _delimiter)
            return Stray(at + 1);

        var quoted = _record[start..at];
        Value = doubled == 0 ? quoted : Unescape(quoted);
        _next = at + 2;
        return true;
    }

    private bool Stray(int at)
    {
        _strayAt = at;
        Value = default;
        return false;
    }

    private ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> quoted)
    {
        if (!_usesScratch)
        {
            _scratch.Begin(_record.Length);
            _usesScratch = true;
        }

        var free = _scratch.Free;
        var length = 0;
        while (true)
        {
            var next = quoted.IndexOf(Quote);
            var part = next < 0 ? quoted : quoted[..(next + 1)];
            part.CopyTo(free[length..]);
            length += part.Length;
            if (next < 0)
                return _scratch.Keep(length);
            quoted = quoted[(next + 2)..];
        }
    }
}
