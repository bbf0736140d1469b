using System.Collections.Concurrent;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>One commit on its way from the caller to Constrain. Pooled; owned by whoever holds it, one at a time.</summary>
internal sealed class WriteEnvelope
{
    /// <summary>Memory of all pooled envelopes together, for all engines of the process …</summary>
    private const long MaxPoolBytes = 8 << 20;

    /// <summary>… of which each counts for this at least: 256 of them are enough.</summary>
    private const long LeastCharge = MaxPoolBytes / 256;

    /// <summary>An envelope that has grown beyond this is not kept: one large commit must not pin its memory for ever.</summary>
    private const int MaxPooledBytes = 4 << 20;

    private static readonly ConcurrentQueue<WriteEnvelope> s_pool = new();
    private static long s_poolBytes;

    private CommitTicket? _ticket;
    private SnapshotRegistry? _pinnedIn;
    private Lsn _pinned;

    private WriteEnvelope()
    {
    }

    /// <summary>The commit's bytes.</summary>
    public ChangeSetBuilder Changes { get; } = new();

    /// <summary>Rows that the commit wants changed, for Constrain to decide; see there.</summary>
    public RowWrites Writes { get; } = new();

    /// <summary>Bytes that the caller gave.</summary>
    public int Length => Changes.Length + Writes.Bytes.Length;

    /// <summary>Rows that the caller gave.</summary>
    public int Rows => Changes.Rows + Writes.Count;

    /// <summary>Unique keys of the rows, in the order of operations, rows and indexes, written by Validate: 4 bytes length (-1 = holds a NULL, not checked), then the key. Those of <see cref="Writes"/> follow.</summary>
    public ByteBuffer Keys { get; } = new();

    /// <summary>What Validate and Constrain refused so far; row numbers count over the whole commit.</summary>
    public List<RowRejection> Rejected { get; } = [];

    public OnReject OnReject { get; set; }

    public Durability Durability { get; set; } = Durability.Visible;

    /// <summary>Writes the dead letters of rows that the stages refuse; null where nobody keeps them.</summary>
    public IRejectRecorder? Recorder { get; set; }

    /// <summary>Lets a waiting caller take the commit back; null where the caller cannot.</summary>
    public Withdrawal? Withdrawal { get; set; }

    /// <summary>Not a commit but entries of an index that are to go to the store; null for a commit.</summary>
    public SpillRequest? Spill { get; set; }

    /// <summary>The number that its producer gave it; null where nobody counts.</summary>
    public ProducerStamp? Producer { get; set; }

    /// <summary>Rows for an index that is filled, and nothing else; null in a commit.</summary>
    public IndexFill? Fill { get; set; }

    /// <summary>Of the plans that Validate used.</summary>
    public int PlansEpoch { get; set; }

    /// <summary>Set by Validate where the commit cannot be written at all.</summary>
    public HeliosException? Failure { get; set; }

    /// <summary>Whose commit it is; null for the engine's own.</summary>
    public SessionOrder? Session { get; set; }

    /// <summary>Who changes its first row next; null where nobody waits for that.</summary>
    public IRowFollower? Follower { get; set; }

    /// <summary>Is it counted as inside Validate?</summary>
    public bool IsInStep { get; set; }

    /// <summary>When it was submitted, a timestamp of the stopwatch; 0 where nobody measures.</summary>
    public long Submitted { get; set; }

    public long CreditBytes { get; set; }

    public long CreditRows { get; set; }

    public bool Validated { get; set; }

    /// <summary>Memory of all pooled envelopes.</summary>
    internal static long PoolBytes => Volatile.Read(ref s_poolBytes);

    private long Charge => Math.Max(Changes.Buffer.Capacity + Keys.Capacity + Writes.Bytes.Capacity, LeastCharge);

    public static WriteEnvelope Rent()
    {
        if (!s_pool.TryDequeue(out var envelope))
            return new WriteEnvelope();
        Interlocked.Add(ref s_poolBytes, -envelope.Charge);
        return envelope;
    }

    public void SetTicket(CommitTicket ticket) => _ticket = ticket;

    /// <summary>It has been submitted: whoever traces sees it from here to its answer.</summary>
    public void Trace() => _ticket?.Trace(Durability);

    /// <summary>Gives the ticket up: whoever gets it answers, once.</summary>
    public CommitTicket? TakeTicket() => Interlocked.Exchange(ref _ticket, null);

    /// <summary>Looks at what is visible now, from here until it is decided: nothing that comes later leaves an index meanwhile.</summary>
    public Lsn Pin(SnapshotRegistry snapshots)
    {
        if (_pinnedIn is null)
            (_pinnedIn, _pinned) = (snapshots, snapshots.Open());
        return _pinned;
    }

    /// <summary>Back to the pool. The caller must not touch it afterwards.</summary>
    public void Recycle()
    {
        Unpin();
        Spill = null;
        Changes.Reset();
        Writes.Clear();
        Keys.Truncate(0);
        Rejected.Clear();
        OnReject = OnReject.RejectCommit;
        Durability = Durability.Visible;
        Recorder = null;
        Withdrawal = null;
        Producer = null;
        Fill = null;
        PlansEpoch = 0;
        Failure = null;
        Session = null;
        Follower = null;
        IsInStep = false;
        Submitted = 0;
        CreditBytes = 0;
        CreditRows = 0;
        Validated = false;
        _ticket = null;
        var charge = Charge;
        if (charge <= MaxPooledBytes && Interlocked.Add(ref s_poolBytes, charge) <= MaxPoolBytes)
        {
            s_pool.Enqueue(this);
            return;
        }

        if (charge <= MaxPooledBytes)
            Interlocked.Add(ref s_poolBytes, -charge);
        Changes.Dispose();
        Writes.Dispose();
        Keys.Dispose();
    }

    private void Unpin()
    {
        _pinnedIn?.Close(_pinned);
        _pinnedIn = null;
    }
}

/// <summary>Who takes the commit first, the caller that gives up or Constrain.</summary>
internal sealed class Withdrawal
{
    private int _taken;

    /// <summary>True for the first caller only.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _taken, 1) == 0;
}

/// <summary>
/// Counts a session's commits inside Validate: while there are any, its next one must not overtake them by validating on the
/// caller's thread. Keeps what was refused after its caller had been told "queued".
/// </summary>
internal sealed class SessionOrder
{
    private int _inside;
    private long _refused;
    private ulong _newest;
    private HeliosException? _lastRefusal;

    /// <summary>The session's last commit while it waits to enter; only the session's thread touches it.</summary>
    public Task? Entering { get; set; }

    /// <summary>Commits refused after they had been answered as queued.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>The last of them.</summary>
    public HeliosException? LastRefusal => Volatile.Read(ref _lastRefusal);

    /// <summary>Its last commit that was put in order; zero where none was.</summary>
    public Lsn Newest => new(Volatile.Read(ref _newest));

    public void Ordered(Lsn lsn)
    {
        for (var known = Volatile.Read(ref _newest); lsn.Value > known;)
        {
            var seen = Interlocked.CompareExchange(ref _newest, lsn.Value, known);
            if (seen == known)
                return;
            known = seen;
        }
    }

    public void Refuse(HeliosException refusal)
    {
        Volatile.Write(ref _lastRefusal, refusal);
        Interlocked.Increment(ref _refused);
    }

    public bool IsIdle => Volatile.Read(ref _inside) == 0;

    public void Enter() => Interlocked.Increment(ref _inside);

    public void Leave() => Interlocked.Decrement(ref _inside);
}

/// <summary>Writes dead letters into the commit that leaves the rows out.</summary>
internal interface IRejectRecorder
{
    /// <summary>Writes one row of <see cref="DeadLetters"/> between BeginRow and EndRow. Called by Validate or Constrain, once per refused row, never two calls at once.</summary>
    void Record(ChangeSetBuilder deadLetters, RowRejection rejection);
}
