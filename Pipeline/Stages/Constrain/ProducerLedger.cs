using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// The commits that producers have numbered, as far as they are remembered. Owned by Constrain; the store has the same, one commit batch behind.
/// It changes by operations of the log alone, live and in recovery: what it forgets, too, is said there.
/// </summary>
/// <remarks>
/// Of a producer the last <paramref name="window"/> numbers are remembered. What lies below is forgotten bit by bit, and <see cref="ProducerHistory.Floor"/> says
/// from where on a number that is not here has never been used. The floor is stored and never falls, so that a window that grows from one open to
/// the next takes nothing for new that was forgotten.
/// </remarks>
/// <param name="window">Numbers below a producer's highest one that may still be new, and that one.</param>
/// <param name="maxProducers">Producers at most; the one whose last commit is the oldest is forgotten first.</param>
/// <param name="maxBytes">Memory of all commits at most: beyond it producers are forgotten too, and of a single one its lowest numbers.</param>
internal sealed class ProducerLedger(int window = ProducerLedger.DefaultWindow, int maxProducers = ProducerLedger.MaxProducers, long maxBytes = ProducerLedger.MaxBytes)
{
    public const int DefaultWindow = 128;
    public const int MaxWindow = 65_536;
    public const int MaxProducers = 10_000;
    public const long MaxBytes = 128 << 20;

    /// <summary>What a commit counts for besides the rows it left out: a node of a tree, 120 bytes on 64 bits.</summary>
    public const int CommitBytes = 128;

    /// <summary>Numbers of one producer that a single operation lists; with one new number a commit this is faster than they can gather.</summary>
    public const int MaxListed = 64;

    private readonly Dictionary<ProducerId, ProducerHistory> _producers = [];
    private readonly LinkedList<ProducerHistory> _order = []; // the one that has been silent for longest comes first
    private readonly ProducerPlan _plan = new();
    private long _bytes;

    public int Count => _producers.Count;

    /// <summary>Memory that the commits count for.</summary>
    public long Bytes => _bytes;

    public IEnumerable<ProducerHistory> Producers => _order;

    /// <summary>Reads what the store has.</summary>
    /// <exception cref="HeliosException">"corrupt", or "format_too_new".</exception>
    public ProducerLedger Load(RocksStore store)
    {
        _producers.Clear();
        _order.Clear();
        _bytes = 0;
        using var commits = store.OpenMeta([KeySpace.Producer]);
        while (commits.MoveNext())
        {
            var view = ProducerView.ReadStored(commits.Value, out var lsn);
            Take(view, lsn);
        }

        _order.Clear();
        foreach (var producer in _producers.Values.OrderBy(static p => p.Newest))
            producer.Node = _order.AddLast(producer);
        return this;
    }

    public bool TryFind(ProducerId producer, long sequence, out RememberedCommit commit)
    {
        commit = default;
        return _producers.TryGetValue(producer, out var known) && known.Commits.TryGetValue(sequence, out commit);
    }

    /// <summary>Null where a number that is not remembered is new; else the producer, which may have used it.</summary>
    public ProducerHistory? TooOld(ProducerId producer, long sequence) =>
        _producers.TryGetValue(producer, out var known) && sequence <= known.FloorWith(window, sequence) ? known : null;

    /// <summary>What is to be forgotten with a commit. Valid until the next call.</summary>
    /// <param name="producer">Whose commit it is.</param>
    /// <param name="sequence">Its number.</param>
    /// <param name="listed">Bytes of its rows left out.</param>
    public ProducerPlan Plan(ProducerId producer, long sequence, int listed)
    {
        var own = _producers.GetValueOrDefault(producer);
        _plan.Begin(own?.FloorWith(window, sequence) ?? ProducerHistory.FloorBelow(sequence, window), _bytes + CommitBytes + listed - maxBytes);
        if (own is not null)
            _plan.ForgetBelowFloor(own);
        _plan.ForgetOthers(_order, own, mustForgetOne: own is null && _producers.Count >= maxProducers);
        if (own is not null)
            _plan.ForgetLowest(own);
        return _plan;
    }

    /// <summary>Remembers a commit and forgets what its operation says.</summary>
    public void Take(ProducerView view, Lsn lsn)
    {
        var commit = view.Commit;
        if (RejectionCodec.Check(view.Listed) is var listed && listed > commit.Rejected)
            throw ChangeFormat.Damaged($"a Producer lists {listed} rows left out, of {commit.Rejected}");
        if (!_producers.TryGetValue(commit.Producer, out var known))
            _producers[commit.Producer] = known = new ProducerHistory(commit.Producer);
        for (var i = 0; i < view.Forgotten; i++)
            _bytes -= known.Forget(view.ForgottenAt(i));
        _bytes += known.Take(commit, view.Floor, new RememberedCommit(lsn, commit.Content, commit.Rows, commit.Rejected, view.Listed.ToArray()));
        if (known.Node is { List: not null } node)
            _order.Remove(node);
        known.Node = _order.AddLast(known);
    }

    public void Forget(ProducerId producer)
    {
        if (!_producers.Remove(producer, out var known))
            return;
        _bytes -= known.Bytes;
        _order.Remove(known.Node!);
    }
}
