namespace Helios.Pipeline;

/// <summary>What readers have done, and which commits were not let in, since the engine was opened. Any thread; added to once a query or a point read, never once a row.</summary>
/// <remarks>Each processor has counts of its own, on cache lines of its own: readers that run at once do not wait for each other. A sum that is read meanwhile may lack what is being added.</remarks>
internal sealed class ReadCounters
{
    /// <summary>Two cache lines: processors fetch them in pairs.</summary>
    private const int Stride = 128 / sizeof(long);

    private static readonly int s_stripes = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, 64));

    private readonly long[] _counts = new long[(s_stripes + 1) * Stride]; // the first stripe is not used: what stands in front of the array is somebody else's

    private enum Place
    {
        Queries,
        RowsRead,
        RowsReturned,
        KeysRead,
        BlocksRead,
        BlocksSkipped,
        PointReads,
        Refused,
    }

    public long Queries => Sum(Place.Queries);

    public long RowsRead => Sum(Place.RowsRead);

    public long RowsReturned => Sum(Place.RowsReturned);

    public long KeysRead => Sum(Place.KeysRead);

    public long BlocksRead => Sum(Place.BlocksRead);

    public long BlocksSkipped => Sum(Place.BlocksSkipped);

    public long PointReads => Sum(Place.PointReads);

    /// <summary>Commits that were refused before they came to Constrain, which counts the others.</summary>
    public long Refused => Sum(Place.Refused);

    public void QueryEnded(QueryCounts query)
    {
        var at = Stripe();
        Add(at, Place.Queries, 1);
        Add(at, Place.RowsRead, query.RowsRead);
        Add(at, Place.RowsReturned, query.RowsReturned);
        Add(at, Place.KeysRead, query.KeysRead);
        Add(at, Place.BlocksRead, query.BlocksRead);
        Add(at, Place.BlocksSkipped, query.BlocksSkipped);
    }

    public void PointRead() => Add(Stripe(), Place.PointReads, 1);

    public void CommitRefused() => Add(Stripe(), Place.Refused, 1);

    private static int Stripe() => ((Thread.GetCurrentProcessorId() & (s_stripes - 1)) + 1) * Stride;

    // Interlocked, for a thread may be moved to another processor in between; on a line of its own that costs little.
    private void Add(int stripe, Place place, long count)
    {
        if (count != 0)
            Interlocked.Add(ref _counts[stripe + (int)place], count);
    }

    private long Sum(Place place)
    {
        var sum = 0L;
        for (var at = Stride; at < _counts.Length; at += Stride)
            sum += Interlocked.Read(ref _counts[at + (int)place]);
        return sum;
    }
}
