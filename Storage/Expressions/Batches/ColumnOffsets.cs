using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Helios.Pipeline.Storage;

/// <summary>Where some columns begin in each row of a batch. One scan's; used again it allocates nothing.</summary>
/// <remarks>
/// Each row is walked once, forward, as far as the last of the columns: damage behind it stays unseen, damage before it throws. The walk is most of what
/// a condition over a batch costs, so a token of one length is stepped over by a table, and only its first byte is looked at.
/// </remarks>
internal sealed class ColumnOffsets
{
    /// <summary>Bytes of a whole value by its first byte, where that says it; else 0.</summary>
    private static readonly byte[] s_lengths = MakeLengths();

    private readonly int[] _ordinals;
    private readonly int[] _steps;   // values to step over before each of the columns
    private readonly int[] _offsets; // of the first column for every row, then of the second ...
    private readonly int _columns;

    /// <param name="ordinals">The columns, ascending.</param>
    /// <param name="columns">Columns of the table: a row with fewer is damaged.</param>
    public ColumnOffsets(ImmutableArray<int> ordinals, int columns)
    {
        _ordinals = [.. ordinals];
        _columns = columns;
        _steps = new int[ordinals.Length];
        for (var i = 0; i < _steps.Length; i++)
            _steps[i] = i == 0 ? ordinals[0] : ordinals[i] - ordinals[i - 1];
        _offsets = new int[ordinals.Length * RowBatch.MaxRows];
    }

    public ReadOnlySpan<int> Ordinals => _ordinals;

    /// <summary>A column's offsets, row by row, counted from the beginning of <see cref="RowBatch.All"/>; each lies inside its row.</summary>
    public ReadOnlySpan<int> Of(int slot) => _offsets.AsSpan(slot * RowBatch.MaxRows, RowBatch.MaxRows);

    /// <summary>The place of a column among <see cref="Ordinals"/>.</summary>
    public int SlotOf(int ordinal) => Array.BinarySearch(_ordinals, ordinal);

    /// <exception cref="HeliosException">Corrupt: a row is damaged before the end of the last column, or has too few.</exception>
    public void Find(RowBatch rows)
    {
        var (count, steps, offsets) = (rows.Count, _steps, _offsets);
        if (steps.Length == 0 || count == 0)
            return;
        var all = rows.All[..rows.Start(count)];
        ref var first = ref MemoryMarshal.GetReference(all); // read only below the end of a row, which lies inside
        ref var lengths = ref MemoryMarshal.GetArrayDataReference(s_lengths);
        var end = 0;
        for (var row = 0; row < count; row++)
        {
            var begin = end;
            end = rows.Start(row + 1);
            var at = ReadHeader(all, begin, end);
            var place = row;
            for (var slot = 0; slot < steps.Length; slot++, place += RowBatch.MaxRows)
            {
                for (var step = steps[slot]; step > 0; step--)
                {
                    if (at >= end)
                        throw ValueView.Damaged("column");
                    int length = Unsafe.Add(ref lengths, Unsafe.Add(ref first, at));
                    at = length != 0 ? at + length : SkipLong(all[..end], at);
                }

                if (at >= end)
                    throw ValueView.Damaged("column");
                offsets[place] = at;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int ReadHeader(ReadOnlySpan<byte> all, int begin, int end)
    {
        // Up to 15 columns and 127 versions of a schema, as nearly every row has, are one byte each.
        if (end - begin > 2 && (all[begin] & 0xf0) == MessagePackToken.FixArray && (all[begin] & 0x0f) > _columns && all[begin + 1] <= MessagePackToken.MaxPositiveFixInt)
            return begin + 2;
        return ReadLongHeader(all[..end], begin);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int ReadLongHeader(ReadOnlySpan<byte> all, int at)
    {
        if (!MessagePackSpan.TryReadArrayHeader(all, ref at, out var count) || count == 0
            || !MessagePackSpan.TryReadInteger(all, ref at, out var version) || (ulong)version > uint.MaxValue)
            throw ValueView.Damaged("row header");
        return count > _columns ? at : throw ValueView.Damaged("column");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int SkipLong(ReadOnlySpan<byte> all, int at)
    {
        if (all[at] is MessagePackToken.Str8 or MessagePackToken.Bin8 && at + 1 < all.Length)
            return at + 2 + all[at + 1]; // where this is behind the end of the row, the caller sees it
        return MessagePackSpan.TrySkip(all, ref at) ? at : throw ValueView.Damaged("column");
    }

    private static byte[] MakeLengths()
    {
        var lengths = new byte[256];
        Span<byte> longest = stackalloc byte[64];
        for (var token = 0; token < lengths.Length; token++)
        {
            longest.Clear();
            longest[0] = (byte)token;
            var at = 0;
            var says = token is not (MessagePackToken.Str8 or MessagePackToken.Str16 or MessagePackToken.Str32 or MessagePackToken.Bin8 or MessagePackToken.Bin16
                or MessagePackToken.Bin32 or MessagePackToken.Ext8 or MessagePackToken.Array16 or MessagePackToken.Array32) && (token & 0xf0) != MessagePackToken.FixArray;
            if (says && MessagePackSpan.TrySkip(longest, ref at))
                lengths[token] = (byte)at; // from the one reader, so that the table cannot say else
        }

        return lengths;
    }
}
