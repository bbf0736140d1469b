using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Can every remembered commit of a producer be true?</summary>
internal static class ProducersCheck
{
    public static void Run(Findings findings, RocksStore store, Lsn applied, CancellationToken cancellationToken)
    {
        findings.Complete(() =>
        {
            using var commits = store.OpenMeta([KeySpace.Producer]);
            while (commits.MoveNext())
            {
                cancellationToken.ThrowIfCancellationRequested();
                findings.Items++;
                findings.Try(() => Check(findings, commits, store.Hash, applied));
            }
        });
    }

    /// <summary>Checks one.</summary>
    public static void Check(Findings findings, MetaCursor commit, KeyedHash? hash, Lsn applied)
    {
        var sequence = KeyReader.Producer(commit.Key, out var id);
        var view = ProducerView.ReadStored(commit.Value, out var lsn);
        var name = $"sequence {sequence} of producer {Convert.ToHexString(id)}";
        Span<byte> key = stackalloc byte[KeySpace.ProducerKeySize];
        KeyWriter.Producer(key, view.Commit.Producer, view.Commit.Sequence, hash);
        if (!commit.Key.SequenceEqual(key))
            findings.Add($"{name}: what is remembered speaks of another commit");
        if (RejectionCodec.Check(view.Listed) is var listed && listed > view.Commit.Rejected)
            findings.Add($"{name}: {listed} rows left out are listed, of {view.Commit.Rejected}");
        if (lsn > applied || lsn == Lsn.Zero)
            findings.Add($"{name}: what is remembered says LSN {lsn}, the store is at {applied}");
    }
}
