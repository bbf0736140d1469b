using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>What all summaries of a table have in common. Immutable.</summary>
internal sealed class ZoneLayout
{
    /// <summary>Blocks of a chunk, where the columns are few.</summary>
    private const int MostBlocks = 256;

    /// <summary>Zones of a chunk, of 16 bytes each: one row far from all others must not cost more than 64 KiB, or one block.</summary>
    private const int MostZones = 4_096;

    public ZoneLayout(TableSchema schema, int rowsPerBlock, IEnumerable<int> bloomColumns, double falsePositives)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rowsPerBlock);
        Columns = [.. schema.Columns.Select(c => c.Type)];
        (BloomColumns, BloomOf) = Place(Columns, bloomColumns);
        NullWords = (Columns.Length + 63) / 64;
        var blocks = Math.Clamp(MostZones / Columns.Length, 1, MostBlocks);
        ChunkShift = System.Numerics.BitOperations.Log2((uint)blocks);
        Bloom = BloomGeometry.For(rowsPerBlock, falsePositives);
        Everything = BloomFilter.Everything(Bloom);
    }

    private ZoneLayout(ZoneLayout from, IEnumerable<int> bloomColumns)
    {
        (Columns, NullWords, ChunkShift, Bloom, Everything) = (from.Columns, from.NullWords, from.ChunkShift, from.Bloom, from.Everything);
        (BloomColumns, BloomOf) = Place(Columns, bloomColumns);
    }

    public ColumnType[] Columns { get; }

    /// <summary>Ordinals, ascending.</summary>
    public ImmutableArray<int> BloomColumns { get; }

    /// <summary>For each column its place among <see cref="BloomColumns"/>, or -1.</summary>
    public int[] BloomOf { get; }

    public int NullWords { get; }

    public int ChunkShift { get; }

    public int BlocksPerChunk => 1 << ChunkShift;

    public BloomGeometry Bloom { get; }

    /// <summary>Stands for every filter of a block of which nothing is known. Adding to it changes nothing.</summary>
    public BloomFilter Everything { get; }

    /// <summary>Memory of a chunk without its bloom filters.</summary>
    public long ChunkBytes => ((long)BlocksPerChunk * ((Columns.Length * 2 * sizeof(ulong)) + (NullWords * sizeof(ulong)) + (BloomColumns.Length * sizeof(long)))) + 160;

    /// <summary>The same with other bloom filters.</summary>
    public ZoneLayout With(IEnumerable<int> bloomColumns) => new(this, bloomColumns);

    private static (ImmutableArray<int> Ordinals, int[] Places) Place(ColumnType[] columns, IEnumerable<int> bloomColumns)
    {
        ImmutableArray<int> ordinals = [.. bloomColumns.Distinct().Order()];
        var places = new int[columns.Length];
        places.AsSpan().Fill(-1);
        for (var i = 0; i < ordinals.Length; i++)
        {
            if ((uint)ordinals[i] >= (uint)columns.Length)
                throw new ArgumentException($"There is no column {ordinals[i]}.", nameof(bloomColumns));
            if (!ValueHash.IsDefined(columns[ordinals[i]]))
                throw new ArgumentException($"{columns[ordinals[i]]} is never compared: column {ordinals[i]} can have no bloom filter.", nameof(bloomColumns));
            places[ordinals[i]] = i;
        }

        return (ordinals, places);
    }
}
