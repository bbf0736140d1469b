using System.Diagnostics;

namespace Helios.Pipeline.Micro;

/// <summary>What one structure did in one process; nanoseconds and bytes a key.</summary>
/// <param name="Structure">Which.</param>
/// <param name="Insert">Nanoseconds to insert, growth included.</param>
/// <param name="InsertCpu">Processor time of the inserting thread, which other programs disturb less.</param>
/// <param name="Lookup">Nanoseconds to find a key that is there, in random order.</param>
/// <param name="LookupCpu">Processor time of it.</param>
/// <param name="Bytes">Bytes a key: taken from the system, or, of managed memory, left by a full collection.</param>
/// <param name="UsedBytes">Bytes a key in use; of managed memory the same.</param>
/// <param name="Reads">Lookups a second by the reader beside the writer.</param>
internal sealed record IndexFigures(string Structure, double Insert, double InsertCpu, double Lookup, double LookupCpu, double Bytes, double UsedBytes, double Reads);

/// <summary>Measures one structure. Meant to have the process for itself.</summary>
internal static class IndexRun
{
    public const string Art = "art", ArtWithReader = "art-reader", Dictionary = "dictionary", Sorted = "sorted";

    /// <summary>Keys between two looks of the reader at how far the writer is.</summary>
    private const ulong Chunk = 16_384;
    private const int MostLookups = 4_000_000;
    private const ulong WarmUpKeys = 100_000;

    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1);

    public static IndexFigures Run(string keys, string structure, ulong count)
    {
        Func<IIndex> make = () => (keys, structure) switch
        {
            ("sequential8", Art or ArtWithReader) => new ArtIndex<Sequential8, ulong>(),
            ("sequential8", Dictionary) => new DictionaryIndex<Sequential8, ulong>(),
            ("sequential8", Sorted) => new SortedIndex<Sequential8, ulong>(),
            ("random16", Art or ArtWithReader) => new ArtIndex<Random16, Guid>(),
            ("random16", Dictionary) => new DictionaryIndex<Random16, Guid>(),
            ("random16", Sorted) => new SortedIndex<Random16, Guid>(),
            ("text20", Art or ArtWithReader) => new ArtIndex<Text20, byte[]>(),
            ("text20", Dictionary) => new DictionaryIndex<Text20, byte[]>(),
            ("text20", Sorted) => new SortedIndex<Text20, byte[]>(),
            _ => throw new ArgumentException($"{keys} in {structure}", nameof(structure)),
        };
        WarmUp(make);
        return Measure(make, structure, count);
    }

    // The compiler's tiers: the loops run long enough for the last one.
    private static void WarmUp(Func<IIndex> make)
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < s_warmUp;)
        {
            using var index = make();
            for (ulong from = 0; from < WarmUpKeys; from += Chunk)
                index.Insert(from, from + Chunk);
            for (var i = 0; i < 10; i++)
                index.Lookup(WarmUpKeys, (int)WarmUpKeys / 10, (ulong)i);
        }
    }

    private static IndexFigures Measure(Func<IIndex> make, string structure, ulong count)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var index = make();
        using var reader = new Reader(index);
        if (structure == ArtWithReader)
            reader.Start();

        var start = Stopwatch.GetTimestamp();
        var cpu = ThreadTime.Now;
        for (ulong from = 0; from < count; from += Chunk)
        {
            var to = Math.Min(from + Chunk, count);
            index.Insert(from, to);
            reader.Inserted(to);
        }

        var inserting = Stopwatch.GetElapsedTime(start);
        var insertingCpu = ThreadTime.Now - cpu;
        var reads = reader.Stop();
        var managed = GC.GetTotalMemory(forceFullCollection: true) - before;
        var lookups = (int)Math.Min(count, MostLookups);
        start = Stopwatch.GetTimestamp();
        cpu = ThreadTime.Now;
        index.Lookup(count, lookups, seed: 1);
        var looking = Stopwatch.GetElapsedTime(start);
        var lookingCpu = ThreadTime.Now - cpu;

        var (reserved, used) = index.Native;
        return new IndexFigures(
            structure,
            inserting.TotalNanoseconds / count,
            insertingCpu.TotalNanoseconds / count,
            looking.TotalNanoseconds / lookups,
            lookingCpu.TotalNanoseconds / lookups,
            (managed + reserved) / (double)count,
            (used > 0 ? used : managed) / (double)count,
            reads / inserting.TotalSeconds);
    }

    /// <summary>Looks keys up all the time, of those that have been inserted.</summary>
    private sealed class Reader(IIndex index) : IDisposable
    {
        private const int Burst = 256;

        private Thread? _thread;
        private Exception? _failure;
        private ulong _inserted;
        private long _reads;
        private volatile bool _isOver;

        public void Start()
        {
            _thread = new Thread(Read);
            _thread.Start();
        }

        public void Inserted(ulong count) => Volatile.Write(ref _inserted, count);

        public long Stop()
        {
            Dispose();
            return _failure is null ? _reads : throw new InvalidOperationException("The reader failed.", _failure);
        }

        public void Dispose()
        {
            _isOver = true;
            _thread?.Join();
            _thread = null;
        }

        private void Read()
        {
            try
            {
                while (!_isOver)
                {
                    var inserted = Volatile.Read(ref _inserted);
                    if (inserted == 0)
                        continue;
                    index.Lookup(inserted, Burst, (ulong)_reads);
                    _reads += Burst;
                }
            }
            catch (Exception e)
            {
                _failure = e;
            }
        }
    }
}
