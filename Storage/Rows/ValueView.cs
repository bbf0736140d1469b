using System.Runtime.InteropServices;

namespace Helios.Pipeline.Storage;

/// <summary>One value of a row, read in place. Begins at the value; other values may stand behind it.</summary>
/// <remarks>Getters throw <see cref="HeliosException"/> (Corrupt, <c>corrupt</c>) where the bytes are not what is asked for, and nothing else.</remarks>
internal readonly ref struct ValueView(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public bool IsNull => _bytes.Length > 0 && _bytes[0] == MessagePackToken.Nil;

    /// <summary>The value's own bytes, ready for <see cref="RowWriter.WriteRaw"/>.</summary>
    public ReadOnlySpan<byte> Raw
    {
        get
        {
            var at = 0;
            return MessagePackSpan.TrySkip(_bytes, ref at) ? _bytes[..at] : throw Damaged("value");
        }
    }

    public bool GetBoolean()
    {
        if (_bytes.Length == 0 || _bytes[0] is not (MessagePackToken.True or MessagePackToken.False))
            throw Damaged("Boolean");
        return _bytes[0] == MessagePackToken.True;
    }

    /// <summary>An Int2, Int4, Int8, or the number behind a date or time.</summary>
    public long GetInt64()
    {
        var at = 0;
        return MessagePackSpan.TryReadInteger(_bytes, ref at, out var value) ? value : throw Damaged("integer");
    }

    public float GetSingle()
    {
        var at = 0;
        return MessagePackSpan.TryReadSingle(_bytes, ref at, out var value) ? value : throw Damaged("Float4");
    }

    public double GetDouble()
    {
        var at = 0;
        return MessagePackSpan.TryReadDouble(_bytes, ref at, out var value) ? value : throw Damaged("Float8");
    }

    public Numeric38 GetNumeric()
    {
        var at = 0;
        return MessagePackSpan.TryReadNumeric(_bytes, ref at, out var payload) && Numeric38.TryRead(payload, out var value)
            ? value : throw Damaged("Numeric");
    }

    /// <summary>The UTF-8 of Varchar, Text, Char, Json, Jsonb.</summary>
    public ReadOnlySpan<byte> GetUtf8()
    {
        var at = 0;
        return MessagePackSpan.TryReadText(_bytes, ref at, out var utf8) ? utf8 : throw Damaged("text");
    }

    /// <summary>The bytes of Bytea.</summary>
    public ReadOnlySpan<byte> GetBytes()
    {
        var at = 0;
        return MessagePackSpan.TryReadBinary(_bytes, ref at, out var value) ? value : throw Damaged("bytes");
    }

    /// <summary>Ticks of 100 ns of Time, Timestamp, Timestamptz, Interval.</summary>
    public long GetTicks() => GetInt64();

    /// <summary>Ticks of a type that holds 0 to <paramref name="max"/>.</summary>
    public long GetTicks(long max)
    {
        var ticks = GetInt64();
        return (ulong)ticks <= (ulong)max ? ticks : throw Damaged("date or time");
    }

    public DateOnly GetDate()
    {
        var days = GetInt64();
        return (ulong)days <= RowFormat.MaxDayNumber ? DateOnly.FromDayNumber((int)days) : throw Damaged("Date");
    }

    public Guid GetGuid()
    {
        var value = GetBytes();
        return value.Length == 16 ? new Guid(value, bigEndian: true) : throw Damaged("Uuid");
    }

    /// <summary>The floats of a Vector, in place. Needs a little-endian machine, as the whole product does.</summary>
    public ReadOnlySpan<float> GetVector()
    {
        var value = GetBytes();
        return value.Length % sizeof(float) == 0 ? MemoryMarshal.Cast<byte, float>(value) : throw Damaged("Vector");
    }

    /// <summary>The elements of an Array.</summary>
    public ValueList GetArray()
    {
        var at = 0;
        return MessagePackSpan.TryReadArrayHeader(_bytes, ref at, out var count)
            ? new ValueList(_bytes[at..], count) : throw Damaged("Array");
    }

    internal static HeliosException Damaged(string expected) =>
        new(HeliosErrorKind.Corrupt, "corrupt", $"A stored row is damaged: there is no whole {expected} where one belongs.");
}
