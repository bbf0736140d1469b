namespace Helios.Pipeline.Ingestion;

/// <summary>Cuts CSV: a line feed ends a record unless it stands in a quoted field.</summary>
/// <remarks>
/// A quote opens a field only as its first byte; elsewhere in an unquoted field it is an ordinary byte. Inside,
/// two quotes are one. A carriage return alone ends nothing.
/// <para>
/// When a record that is never closed is given up, its next line is looked at afresh, and in a hostile file that
/// may again be never closed, and the next. So the splitter remembers how far the record given up had been
/// followed: it was inside quotes at every line feed on that way. A later record that is inside quotes at one of
/// these line feeds is on the same way and goes on at its end. Without this each line costs 16 MiB of looking.
/// </para>
/// </remarks>
internal sealed class CsvSplitter : IRecordSplitter
{
    private const byte Quote = (byte)'"';
    private const byte LineFeed = (byte)'\n';

    private readonly byte _delimiter;

    // All relative to the record's first byte.
    private int _scanned;
    private bool _quoted;
    private int _length; // of the record that the last call found; 0 = it is not complete
    private int _knownEnd; // end of the way that was followed before, 0 = none
    private bool _knownQuoted; // the state at that end

    /// <param name="delimiter">One ASCII byte between fields, neither a quote nor a line ending.</param>
    public CsvSplitter(byte delimiter = (byte)',')
    {
        if (delimiter is Quote or LineFeed or (byte)'\r' or 0 or > 0x7F)
            throw new ArgumentOutOfRangeException(nameof(delimiter), delimiter, "A delimiter is one ASCII character, neither a quote nor a line ending.");
        _delimiter = delimiter;
    }

    /// <summary>The byte between fields.</summary>
    public byte Delimiter => _delimiter;

    public int FindEnd(ReadOnlySpan<byte> bytes, bool isLast)
    {
        if (_length != 0)
            StepOver(_length);

        var at = _scanned;
        while (true)
        {
            if (_quoted)
            {
                if (!TryFindClosingQuote(bytes, isLast, ref at))
                {
                    _scanned = at;
                    return 0;
                }

                _quoted = false;
            }

            var next = bytes[at..].IndexOfAny(LineFeed, Quote);
            if (next < 0)
            {
                _scanned = bytes.Length;
                return _length = isLast ? bytes.Length : 0;
            }

            at += next;
            if (bytes[at] == LineFeed)
            {
                _scanned = at;
                return _length = at + 1;
            }

            _quoted = at == 0 || bytes[at - 1] == _delimiter;
            at++;
        }
    }

    public void DropLine(int lineBytes)
    {
        if (_scanned > _knownEnd)
            (_knownEnd, _knownQuoted) = (_scanned, _quoted);
        StepOver(lineBytes);
    }

    public void Reset()
    {
        StepOver(0);
        _knownEnd = 0;
    }

    // Leaves at behind the quote that closes the field, or says false and leaves it where the search must go on.
    private bool TryFindClosingQuote(ReadOnlySpan<byte> bytes, bool isLast, ref int at)
    {
        while (true)
        {
            if (at < _knownEnd)
            {
                var stop = bytes[at.._knownEnd].IndexOfAny(LineFeed, Quote);
                if (stop < 0 || bytes[at + stop] == LineFeed)
                {
                    at = _knownEnd;
                    if (stop >= 0 && !_knownQuoted)
                        return true; // the way known before has left the quotes by its end
                    continue;
                }

                at += stop;
            }
            else
            {
                var next = bytes[at..].IndexOf(Quote);
                if (next < 0)
                {
                    at = bytes.Length;
                    return false;
                }

                at += next;
            }

            if (at + 1 == bytes.Length && !isLast)
                return false; // the next byte tells whether this one closes
            if (at + 1 == bytes.Length || bytes[at + 1] != Quote)
            {
                at++;
                return true;
            }

            at += 2;
        }
    }

    private void StepOver(int bytes)
    {
        _knownEnd = Math.Max(0, _knownEnd - bytes);
        (_scanned, _quoted, _length) = (0, false, 0);
    }
}
