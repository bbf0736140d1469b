using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Commits with consecutive LSNs that are logged as one frame and move on together. Pooled; owned by the stage that holds it.</summary>
internal sealed class CommitGroup
{
    /// <summary>Commits in a group at most.</summary>
    public const int MaxCommits = 4096;

    /// <summary>Bytes of a group at most, unless a single commit is larger.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>Memory of all pooled groups together, for all engines of the process …</summary>
    private const long MaxPoolBytes = 16 << 20;

    /// <summary>… of which each counts for this at least: 64 of them are enough.</summary>
    private const long LeastCharge = MaxPoolBytes / 64;

    private const int MaxPooledBytes = MaxBytes * 2;
    private static readonly ConcurrentQueue<CommitGroup> s_pool = new();
    private static long s_poolBytes;

    private readonly List<CommitAnswer> _answers = [];
    private readonly List<TableChange> _tables = [];

    private CommitGroup()
    {
        Reset();
    }

    /// <summary>Room for the frame's header, then the commits.</summary>
    public ByteBuffer Frame { get; } = new(WalFrame.HeaderSize + 4096);

    public Lsn First { get; set; }

    /// <summary>Commits in the frame; 0 for a group that carries only answers or a request.</summary>
    public int Commits { get; set; }

    /// <summary>When it was committed, UTC ticks; never before the group ahead of it.</summary>
    public long Time { get; set; }

    public Lsn Last => new(First.Value + (ulong)Commits - 1);

    public ReadOnlySpan<byte> Payload => Frame.Written[WalFrame.HeaderSize..];

    public Span<CommitAnswer> Answers => CollectionsMarshal.AsSpan(_answers);

    /// <summary>What the group does to each table's counters.</summary>
    public Span<TableChange> Tables => CollectionsMarshal.AsSpan(_tables);

    /// <summary>Tables that the group creates or alters.</summary>
    public List<TableDefinition> Created { get; } = [];

    /// <summary>The plan of the table that the group alters, as it was before; null where it alters none. Such a commit has its group alone.</summary>
    public TablePlan? Replaced { get; set; }

    /// <summary>Entries of indexes that go to the store ahead of the group's commits. They are derived, and not logged.</summary>
    public List<SpillRequest> Spills { get; } = [];

    /// <summary>Statistics of a table for Commit to store. Null in an ordinary group.</summary>
    public StatisticsRequest? Statistics { get; set; }
    /// <summary>Keys that nobody can see any more, to be removed from the store. Null in an ordinary group.</summary>
    public CollectRequest? Collect { get; set; }

    /// <summary>Asks Log to sync whatever the level says, and Commit to begin a flush; completed by Commit. Null in an ordinary group.</summary>
    public TaskCompletionSource? FlushRequest { get; set; }

    /// <summary>Track may publish and answer the group when Durable has reached this; zero where it need not wait.</summary>
    public Lsn DurableAt { get; set; }

    /// <summary>A wake for Log's timed syncs: carries nothing.</summary>
    public bool IsTick { get; set; }

    /// <summary>Asks Log to go over to <see cref="Level"/>; completed by Log when everything before is durable. Null in an ordinary group.</summary>
    public TaskCompletionSource? LevelRequest { get; set; }

    /// <summary>What <see cref="LevelRequest"/> asks for.</summary>
    public SafetyLevel Level { get; set; }

    /// <summary>Is it a message to Log alone, which goes no further?</summary>
    public bool IsForLog => IsTick || LevelRequest is not null;

    /// <summary>Memory of all pooled groups.</summary>
    internal static long PoolBytes => Volatile.Read(ref s_poolBytes);

    private long Charge => Math.Max(Frame.Capacity, LeastCharge);

    public static CommitGroup Rent()
    {
        if (!s_pool.TryDequeue(out var group))
            return new CommitGroup();
        Interlocked.Add(ref s_poolBytes, -group.Charge);
        return group;
    }

    public void Add(CommitAnswer answer) => _answers.Add(answer);

    public void Add(TableChange change)
    {
        foreach (ref var known in Tables)
        {
            if (known.Table != change.Table)
                continue;
            known = known.And(change);
            return;
        }

        _tables.Add(change);
    }

    /// <summary>Tells those who wait for what the group carries besides commits.</summary>
    public void FailRequests(Exception refusal)
    {
        FlushRequest?.TrySetException(refusal);
        Statistics?.Stored.TrySetException(refusal);
        Collect?.Stored.TrySetException(refusal);
        foreach (var spill in Spills)
            spill.Fail(refusal);
    }

    public void Recycle()
    {
        var charge = Charge;
        if (charge > MaxPooledBytes || Interlocked.Add(ref s_poolBytes, charge) > MaxPoolBytes)
        {
            if (charge <= MaxPooledBytes)
                Interlocked.Add(ref s_poolBytes, -charge);
            Frame.Dispose();
            return;
        }

        Reset();
        s_pool.Enqueue(this);
    }

    private void Reset()
    {
        Frame.Truncate(0);
        Frame.GetSpan(WalFrame.HeaderSize);
        Frame.Advance(WalFrame.HeaderSize);
        First = default;
        Commits = 0;
        Time = 0;
        _answers.Clear();
        _tables.Clear();
        Created.Clear();
        Replaced = null;
        Spills.Clear();
        Collect = null;
        FlushRequest = null;
        Statistics = null;
        IsTick = false;
        LevelRequest = null;
        Level = default;
        DurableAt = default;
    }
}

/// <summary>What a group does to a table's counters.</summary>
/// <param name="Table">The table.</param>
/// <param name="Rows">Rows more, or fewer.</param>
/// <param name="HighestRow">Highest row id handed out.</param>
/// <param name="Updated">Rows changed where they are.</param>
internal readonly record struct TableChange(TableId Table, long Rows, RowId HighestRow, long Updated = 0)
{
    /// <summary>Rows written anew.</summary>
    public long Inserted { get; private init; } = Math.Max(Rows, 0);

    public long Deleted => Inserted - Rows;

    /// <summary>Both, to the same table.</summary>
    public TableChange And(in TableChange other) =>
        new(Table, Rows + other.Rows, new RowId(Math.Max(HighestRow.Value, other.HighestRow.Value)), Updated + other.Updated) { Inserted = Inserted + other.Inserted };
}

/// <summary>An answer that rides with the group: a commit of it, or a refusal that rests on commits still in flight.</summary>
/// <param name="Ticket">Who waits; null where nobody does, or where it has been answered.</param>
/// <param name="Durability">What the answer waits for.</param>
/// <param name="Receipt">What is told on success.</param>
/// <param name="Refusal">What is told instead: the reason of a refusal.</param>
/// <param name="CreditBytes">Credit that returns when the group leaves Track.</param>
/// <param name="CreditRows">Credit that returns when the group leaves Track.</param>
/// <param name="Submitted">When it was submitted, a timestamp of the stopwatch; 0 where nobody measures.</param>
internal readonly record struct CommitAnswer(
    CommitTicket? Ticket, Durability Durability, CommitReceipt Receipt, HeliosException? Refusal, long CreditBytes, long CreditRows, long Submitted)
{
    public void Give()
    {
        if (Refusal is null)
            Ticket?.Answer(Receipt);
        else
            Ticket?.Fail(Refusal);
    }
}
