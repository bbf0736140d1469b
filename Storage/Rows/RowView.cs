using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Helios.Pipeline.Storage;

/// <summary>Reads single columns of a row without decoding the others and without allocating.</summary>
internal readonly ref struct RowView
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _first;

    public RowView(ReadOnlySpan<byte> bytes)
    {
        if (!RowToken.TryRead(bytes, out var array) || array.Kind != RowTokenKind.Array || array.Value < 1)
            throw Damaged("it does not begin with an array");
        if (!RowToken.TryRead(bytes[array.Header..], out var version) || version.Kind != RowTokenKind.Integer || version.Value is < 0 or > uint.MaxValue)
            throw Damaged("it has no schema version");
        _bytes = bytes;
        _first = array.Header + version.Length;
        ColumnCount = (int)Math.Min(array.Value - 1, int.MaxValue);
        SchemaVersion = (uint)version.Value;
    }

    public uint SchemaVersion { get; }

    public int ColumnCount { get; }

    /// <summary>One column's value.</summary>
    /// <exception cref="HeliosException">Corrupt: the bytes are no row.</exception>
    public ValueView this[int ordinal]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)ordinal, (uint)ColumnCount, nameof(ordinal));
            var at = _first;
            for (var i = 0; i < ordinal; i++)
                at += LengthOf(_bytes[at..]);
            return new ValueView(_bytes.Slice(at, LengthOf(_bytes[at..])));
        }
    }

    /// <summary>Where each column's value begins.</summary>
    public static void ReadOffsets(ReadOnlySpan<byte> row, Span<int> offsets)
    {
        var view = new RowView(row);
        if (view.ColumnCount < offsets.Length)
            throw Damaged($"it has {view.ColumnCount} columns instead of {offsets.Length}");
        var at = view._first;
        for (var i = 0; i < offsets.Length; i++)
        {
            offsets[i] = at;
            at += LengthOf(row[at..]);
        }
    }

    /// <summary>Bytes of the value that the bytes begin with, an array's elements included.</summary>
    public static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        if (!RowToken.TryRead(bytes, out var token))
            throw Damaged("a value is cut off or of an unknown kind");
        var length = token.Length;
        if (token.Kind != RowTokenKind.Array)
            return length;
        for (var left = token.Value; left > 0; left--)
        {
            if (!RowToken.TryRead(bytes[length..], out var element) || element.Kind == RowTokenKind.Array)
                throw Damaged("an element of an array is cut off or of an unknown kind");
            length += element.Length;
        }

        return length;
    }

    internal static HeliosException Damaged(string what) => new(HeliosErrorKind.Corrupt, "corrupt", $"A stored row is damaged: {what}.");
}

/// <summary>One value of a row. Getters of the wrong type throw <see cref="HeliosException"/> (Corrupt): the schema says what is there.</summary>
internal readonly ref struct ValueView(ReadOnlySpan<byte> bytes)
{
    /// <summary>The token as stored.</summary>
    public ReadOnlySpan<byte> Raw { get; } = bytes;

    public bool IsNull => Raw is [RowFormat.Nil];

    public RowTokenKind Kind => Token().Kind;

    public bool GetBoolean() => Token(RowTokenKind.Boolean).Value == 1;

    public long GetInt64() => Token(RowTokenKind.Integer).Value;

    public float GetSingle() => BinaryPrimitives.ReadSingleBigEndian(Raw[Token(RowTokenKind.Single).Header..]);

    public double GetDouble() => BinaryPrimitives.ReadDoubleBigEndian(Raw[Token(RowTokenKind.Double).Header..]);

    public Numeric38 GetNumeric()
    {
        var token = Token(RowTokenKind.Numeric);
        return Numeric38.TryDecode(Raw[token.Header..], out var value) ? value : throw RowView.Damaged("a number is malformed");
    }

    public ReadOnlySpan<byte> GetUtf8() => Raw[Token(RowTokenKind.Text).Header..];

    public ReadOnlySpan<byte> GetBytes() => Raw[Token(RowTokenKind.Bytes).Header..];

    public long GetTicks() => GetInt64();

    public DateOnly GetDate()
    {
        var day = GetInt64();
        return day is >= 0 and <= 3_652_058 ? DateOnly.FromDayNumber((int)day) : throw RowView.Damaged($"day {day} is no date");
    }

    public Guid GetGuid()
    {
        var value = GetBytes();
        return value.Length == 16 ? new Guid(value, bigEndian: true) : throw RowView.Damaged($"a UUID has {value.Length} bytes");
    }

    /// <summary>The floats of a vector, copied.</summary>
    public float[] GetVector()
    {
        var value = GetBytes();
        if (value.Length % sizeof(float) != 0)
            throw RowView.Damaged($"a vector has {value.Length} bytes");
        var floats = new float[value.Length / sizeof(float)];
        value.CopyTo(MemoryMarshal.AsBytes(floats.AsSpan()));
        return floats;
    }

    public ArrayView GetArray() => new(Raw);

    private RowToken Token() => RowToken.TryRead(Raw, out var token) ? token : throw RowView.Damaged("a value is cut off or of an unknown kind");

    private RowToken Token(RowTokenKind kind)
    {
        var token = Token();
        return token.Kind == kind ? token : throw RowView.Damaged($"a value is {token.Kind} instead of {kind}");
    }
}

/// <summary>Walks the elements of an array.</summary>
internal ref struct ArrayView
{
    private ReadOnlySpan<byte> _rest;
    private int _left;

    public ArrayView(ReadOnlySpan<byte> array)
    {
        if (!RowToken.TryRead(array, out var token) || token.Kind != RowTokenKind.Array)
            throw RowView.Damaged("a value is no array");
        Count = (int)Math.Min(token.Value, int.MaxValue);
        _left = Count;
        _rest = array[token.Header..];
        Current = default;
    }

    public int Count { get; }

    public ValueView Current { get; private set; }

    public readonly ArrayView GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_left-- <= 0)
            return false;
        var length = RowView.LengthOf(_rest);
        Current = new ValueView(_rest[..length]);
        _rest = _rest[length..];
        return true;
    }
}
