namespace Helios.Pipeline.Tests;

public sealed class PoolTests
{
    private const int MiB = 1 << 20;

    [Fact]
    public void However_many_large_groups_come_back_the_pool_keeps_little()
    {
        var groups = Enumerable.Range(0, 24).Select(_ => CommitGroup.Rent()).ToArray();
        foreach (var group in groups)
            group.Frame.Append(new byte[2 * MiB]);
        foreach (var group in groups)
            group.Recycle();
        Assert.InRange(CommitGroup.PoolBytes, 1, 24 * MiB); // 16, and one that another test may just be giving back
    }

    [Fact]
    public void However_many_large_envelopes_come_back_the_pool_keeps_little()
    {
        var envelopes = Enumerable.Range(0, 24).Select(_ => WriteEnvelope.Rent()).ToArray();
        foreach (var envelope in envelopes)
            envelope.Keys.Append(new byte[MiB]);
        foreach (var envelope in envelopes)
            envelope.Recycle();
        Assert.InRange(WriteEnvelope.PoolBytes, 1, 12 * MiB); // 8, and one that another test may just be giving back
    }

    [Fact]
    public void What_comes_back_is_used_again()
    {
        var envelope = WriteEnvelope.Rent();
        envelope.Recycle();
        var others = new List<WriteEnvelope>();
        while (others.Count < 1_024 && !others.Contains(envelope))
            others.Add(WriteEnvelope.Rent());
        foreach (var other in others)
            other.Recycle();
        Assert.Contains(envelope, others);
    }
}
