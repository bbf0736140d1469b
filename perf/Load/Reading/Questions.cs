namespace Helios.Pipeline.Load;

/// <summary>What every candidate is asked, and the right answers, which follow from the rows alone. Holds no rows.</summary>
internal sealed class Questions
{
    /// <summary>Rows of one range by key.</summary>
    public const int RangeLength = 100;

    /// <summary>One row of so many has what a predicate asks for.</summary>
    public const int Selective = 1_000;

    /// <summary>Times that a predicate is asked; the clustered one for other rows each time.</summary>
    public const int Predicates = 3;

    /// <summary>Times that the rows are counted.</summary>
    public const int Counts = 5;

    /// <summary>The value below which one row of a thousand is.</summary>
    public const double Below = 1.0 / Selective;

    private const ulong Seed = 0x5245_4144;

    /// <param name="rows">The rows.</param>
    /// <param name="count">How many of them.</param>
    /// <param name="points">Keys to look up.</param>
    /// <param name="ranges">Ranges to read.</param>
    public Questions(BulkRows rows, long count, int points, int ranges)
    {
        var random = Seed;
        Count = count;
        Keys = RandomKeys(points, count, ref random);
        Starts = RandomKeys(ranges, Math.Max(1, count - RangeLength + 1), ref random);
        Times = new (long, long)[Predicates];
        for (var i = 0; i < Predicates; i++)
        {
            var first = count * (i + 1) / (Predicates + 1);
            Times[i] = (BulkRows.FirstPossible(first), BulkRows.FirstPossible(Math.Min(first + Math.Max(1, count / Selective), count)));
        }

        AnswerByKey(rows);
        AnswerByRow(rows);
    }

    public long Count { get; }

    /// <summary>Keys in random order.</summary>
    public long[] Keys { get; }

    /// <summary>First keys of ranges.</summary>
    public long[] Starts { get; }

    /// <summary>Times that hold a thousandth of the rows, which follow one another: from, and to, that excluded.</summary>
    public (long From, long To)[] Times { get; }

    public Answer Points { get; private set; }

    public Answer Ranges { get; private set; }

    public Answer Scan { get; private set; }

    public Answer[] Clustered { get; } = new Answer[Predicates];

    public Answer Scattered { get; private set; }

    private void AnswerByKey(BulkRows rows)
    {
        var answer = default(Answer);
        foreach (var key in Keys)
            answer.AddInOrder(rows.Make(key - 1));
        Points = answer;

        answer = default;
        foreach (var start in Starts)
        {
            for (var index = start - 1; index < Math.Min(start - 1 + RangeLength, Count); index++)
                answer.AddInOrder(rows.Make(index));
        }

        Ranges = answer;
    }

    private void AnswerByRow(BulkRows rows)
    {
        var (scan, scattered) = (default(Answer), default(Answer));
        for (var i = 0L; i < Count; i++)
        {
            scan.Add(rows.Timestamp(i), rows.Value(i));
            if (rows.Value(i) < Below)
                scattered.Add(rows.Make(i));
            for (var question = 0; question < Predicates; question++)
            {
                if (rows.Timestamp(i) >= Times[question].From && rows.Timestamp(i) < Times[question].To)
                    Clustered[question].Add(rows.Make(i));
            }
        }

        (Scan, Scattered) = (scan, scattered);
    }

    private static long[] RandomKeys(int count, long of, ref ulong random)
    {
        var keys = new long[count];
        for (var i = 0; i < count; i++)
            keys[i] = BulkRows.Id((long)(Next(ref random) % (ulong)of));
        return keys;
    }

    // SplitMix64, as the rows themselves.
    private static ulong Next(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
