using System.Numerics;
using System.Runtime.CompilerServices;

namespace Helios.Pipeline.Storage;

/// <summary>How the bytes of a column are read for a test.</summary>
internal enum TextForm
{
    Text,

    /// <summary>Without its trailing blanks.</summary>
    Trimmed,

    /// <summary>Bytea, Uuid.</summary>
    Bytes,
}

/// <summary>A test of one column's bytes, in place in the rows.</summary>
internal sealed class TextItem<T>(int slot, TextForm form, T test, bool isNegated, bool hasNull) : BatchItem
    where T : struct, ITextTest
{
    public override void Evaluate(BatchFrame frame, in RowBitmap open, ref RowBitmap holds, ref RowBitmap nulls)
    {
        var rows = frame.Rows;
        var all = rows.All;
        var offsets = frame.Offsets(slot);
        for (var w = 0; w < frame.Words; w++)
        {
            ulong found = 0, missing = 0;
            for (var rest = open[w]; rest != 0; rest &= rest - 1)
            {
                var bit = BitOperations.TrailingZeroCount(rest);
                var row = (w << 6) + bit;
                var value = all[offsets[row]..rows.Start(row + 1)];
                if (value[0] == MessagePackToken.Nil)
                    missing |= 1UL << bit;
                else
                    found |= (test.Holds(Read(value)) ? 1UL : 0) << bit; // no branch: which rows it holds for cannot be guessed
            }

            nulls[w] = hasNull ? ~found : missing;
            holds[w] = !isNegated ? found : hasNull ? 0 : ~(found | missing);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> Read(ReadOnlySpan<byte> value)
    {
        if (form == TextForm.Text && (value[0] & 0xe0) == MessagePackToken.FixStr && (value[0] & 0x1f) < value.Length)
            return value.Slice(1, value[0] & 0x1f); // texts of up to 31 bytes, as most are
        return ReadAny(value);
    }

    private ReadOnlySpan<byte> ReadAny(ReadOnlySpan<byte> value)
    {
        var view = new ValueView(value);
        return form switch
        {
            TextForm.Bytes => view.GetBytes(),
            TextForm.Trimmed => view.GetUtf8().TrimEnd((byte)' '),
            _ => view.GetUtf8(),
        };
    }
}
