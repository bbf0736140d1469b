using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Does the store remember of each producer what the log has made it remember?</summary>
/// <remarks>It goes through the log's operations as the engine does: so its memory has the same bound.</remarks>
internal sealed class ProducersAgainstStore
{
    private readonly ProducerLedger _ledger = new();

    public void Read(OperationView operation, Lsn lsn, bool isApplied)
    {
        if (operation.Kind == OperationKind.ForgetProducer)
        {
            var forgotten = new ForgetProducerView(operation.Body);
            if (isApplied)
                _ledger.Forget(forgotten.Producer);
            return;
        }

        var view = new ProducerView(operation.Body);
        if (isApplied)
            _ledger.Take(view, lsn);
        else
            RejectionCodec.Check(view.Listed);
    }

    public void Compare(Findings findings, RocksStore store)
    {
        using var value = new ByteBuffer();
        var key = new byte[KeySpace.ProducerKeySize];
        foreach (var producer in _ledger.Producers)
        {
            foreach (var (sequence, commit) in producer.Commits)
            {
                var name = $"sequence {sequence} of producer {producer.Id}";
                KeyWriter.Producer(key, producer.Id, sequence, store.Hash);
                value.Truncate(0);
                if (!store.TryGetMeta(key, value))
                    findings.Add($"{name}: LSN {commit.Lsn} wrote it, the store does not remember it");
                else if (!IsSame(value.Written, commit, out var lsn))
                    findings.Add($"{name}: LSN {commit.Lsn} wrote it, the store remembers another answer, of LSN {lsn}");
            }
        }
    }

    private static bool IsSame(ReadOnlySpan<byte> value, RememberedCommit commit, out Lsn lsn)
    {
        var stored = ProducerView.ReadStored(value, out lsn);
        return lsn == commit.Lsn && (stored.Commit.Content, stored.Commit.Rows, stored.Commit.Rejected) == (commit.Content, commit.Rows, commit.Rejected)
            && stored.Listed.SequenceEqual(commit.Listed);
    }
}
