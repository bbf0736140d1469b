using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>How a column's values become integers that compare as they do.</summary>
internal enum NumberForm
{
    Boolean,

    /// <summary>Integer, days, ticks.</summary>
    Integer,
    Float4,
    Float8,

    /// <summary>An Integer that is compared as Float.</summary>
    IntegerAsFloat,
}

/// <summary>One column of a batch as integers, read when the first asks for them.</summary>
internal sealed class ColumnNumbers(int slot, NumberForm form)
{
    private readonly long[] _values = new long[RowBatch.MaxRows];
    private RowBitmap _nulls;

    public int Slot => slot;

    public NumberForm Form => form;

    /// <summary>Are they of the batch that is looked at now?</summary>
    public bool IsRead { get; private set; }

    /// <summary>For as many rows as the batch has; 0 for NULL. Behind them stands anything.</summary>
    public ReadOnlySpan<long> Values => _values;

    public ref readonly RowBitmap Nulls => ref _nulls;

    public void Forget() => IsRead = false;

    /// <exception cref="HeliosException">Corrupt: a row has something else there.</exception>
    public void Read(RowBatch rows, ReadOnlySpan<int> offsets)
    {
        if (IsRead)
            return;
        _nulls = default;
        switch (form)
        {
            case NumberForm.Integer:
                ReadIntegers(rows, offsets);
                break;
            case NumberForm.IntegerAsFloat:
                ReadIntegers(rows, offsets);
                for (var row = 0; row < rows.Count; row++)
                    _values[row] = OrderedDouble.Key(_values[row]);
                break;
            case NumberForm.Float8:
                ReadDoubles(rows, offsets);
                break;
            default:
                ReadOthers(rows, offsets);
                break;
        }

        IsRead = true;
    }

    private void ReadIntegers(RowBatch rows, ReadOnlySpan<int> offsets)
    {
        var all = rows.All;
        for (var row = 0; row < rows.Count; row++)
        {
            var (at, end) = (offsets[row], rows.Start(row + 1));
            var token = all[at];
            if ((sbyte)token >= -32)
                _values[row] = (sbyte)token;
            else if (token == MessagePackToken.Nil)
                SetNull(row);
            else if ((uint)(token - MessagePackToken.UInt8) < 8 && all.Length - at > sizeof(long))
                _values[row] = ReadWide(token, BinaryPrimitives.ReadInt64BigEndian(all[(at + 1)..]), end - at - 1);
            else
                _values[row] = MessagePackSpan.TryReadInteger(all[..end], ref at, out var value) ? value : throw ValueView.Damaged("integer");
        }
    }

    /// <summary>An integer of 1, 2, 4 or 8 bytes without asking which, as neighbours often differ in it.</summary>
    /// <param name="token">Says how many, and whether there is a sign.</param>
    /// <param name="bytes">Those of the integer, and others behind it.</param>
    /// <param name="available">Bytes of the row.</param>
    private static long ReadWide(byte token, long bytes, int available)
    {
        var size = 1 << ((token - MessagePackToken.UInt8) & 3);
        var others = 64 - (8 * size);
        var value = token >= MessagePackToken.Int8 ? bytes >> others : bytes >>> others;
        return size <= available && (value >= 0 || token >= MessagePackToken.Int8) ? value : throw ValueView.Damaged("integer");
    }

    private void ReadDoubles(RowBatch rows, ReadOnlySpan<int> offsets)
    {
        var all = rows.All;
        for (var row = 0; row < rows.Count; row++)
        {
            var at = offsets[row];
            if (all[at] == MessagePackToken.Float64 && rows.Start(row + 1) - at > sizeof(double))
                _values[row] = OrderedDouble.Key(BinaryPrimitives.ReadDoubleBigEndian(all[(at + 1)..]));
            else if (all[at] == MessagePackToken.Nil)
                SetNull(row);
            else
                throw ValueView.Damaged("Float8");
        }
    }

    private void ReadOthers(RowBatch rows, ReadOnlySpan<int> offsets)
    {
        var all = rows.All;
        for (var row = 0; row < rows.Count; row++)
        {
            var value = new ValueView(all[offsets[row]..rows.Start(row + 1)]);
            if (value.IsNull)
                SetNull(row);
            else
                _values[row] = form == NumberForm.Boolean ? (value.GetBoolean() ? 1 : 0) : OrderedDouble.Key(value.GetSingle());
        }
    }

    private void SetNull(int row)
    {
        _values[row] = 0;
        _nulls.Add(row);
    }
}
