using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>The bounds of what is remembered, with small ones in the place of the engine's.</summary>
public sealed class ProducerLedgerTests
{
    private const int Listed = 24; // bytes of one row left out without any text
    private static readonly byte[] s_listed = [.. new byte[4], 0xFF, 0xFF, 0xFF, 0xFF, .. new byte[4], 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, .. new byte[4]];
    private ulong _lsn;

    [Fact]
    public void Where_memory_is_full_the_producers_that_were_silent_for_longest_go_until_there_is_room()
    {
        var ledger = new ProducerLedger(maxBytes: 4 * ProducerLedger.CommitBytes);
        foreach (var producer in new[] { 1, 2, 3, 4, 1 })
            Send(ledger, producer, sequence: producer == 1 && ledger.Count > 1 ? 1 : 0);
        Assert.Equal([3, 4, 1], Known(ledger)); // 2 made room for the second commit of 1
        Send(ledger, 5, 0, s_listed);
        Assert.Equal([1, 5], Known(ledger)); // its row left out took the place of a second one
        Assert.Equal((3 * ProducerLedger.CommitBytes) + Listed, ledger.Bytes);
        Send(ledger, 6, 0);
        Assert.Equal([5, 6], Known(ledger));
    }

    [Fact]
    public void A_single_producer_that_fills_the_memory_loses_its_lowest_numbers_and_they_are_unknown_then()
    {
        var ledger = new ProducerLedger(window: 100, maxBytes: 4 * ProducerLedger.CommitBytes);
        for (var sequence = 0; sequence < 6; sequence++)
            Send(ledger, 1, sequence);
        Assert.Equal([2L, 3, 4, 5], ledger.Producers.Single().Commits.Keys);
        Assert.NotNull(ledger.TooOld(Id(1), 1));
        Assert.Null(ledger.TooOld(Id(1), 6));
        Assert.Equal(4 * ProducerLedger.CommitBytes, ledger.Bytes);
    }

    [Fact]
    public void What_leaves_the_window_at_once_is_forgotten_over_several_commits_and_answered_until_then()
    {
        var ledger = new ProducerLedger(window: 200);
        for (var sequence = 0; sequence < 200; sequence++)
            Send(ledger, 1, sequence);
        Send(ledger, 1, 1_000);
        Assert.Equal(200 - ProducerLedger.MaxListed + 1, ledger.Producers.Single().Commits.Count);
        Assert.False(ledger.TryFind(Id(1), ProducerLedger.MaxListed - 1, out _));
        Assert.True(ledger.TryFind(Id(1), ProducerLedger.MaxListed, out _));
        Assert.NotNull(ledger.TooOld(Id(1), 800));
        Assert.Null(ledger.TooOld(Id(1), 801));
        for (var sequence = 1_001; sequence <= 1_003; sequence++)
            Send(ledger, 1, sequence);
        Assert.Equal([1_000L, 1_001, 1_002, 1_003], ledger.Producers.Single().Commits.Keys);
    }

    [Fact]
    public void A_number_far_above_the_others_leaves_them_behind_without_an_overflow()
    {
        var ledger = new ProducerLedger();
        Send(ledger, 1, 0);
        Send(ledger, 1, long.MaxValue);
        Assert.True(ledger.TryFind(Id(1), long.MaxValue, out _));
        Assert.NotNull(ledger.TooOld(Id(1), long.MaxValue - ProducerLedger.DefaultWindow));
        Assert.Null(ledger.TooOld(Id(1), long.MaxValue - ProducerLedger.DefaultWindow + 1));
    }

    [Fact]
    public void What_a_full_ledger_forgets_with_the_largest_commit_fits_into_the_room_of_a_frame()
    {
        var ledger = new ProducerLedger(maxBytes: 1_000 * ProducerLedger.CommitBytes);
        for (var producer = 1; producer <= 1_000; producer++)
            Send(ledger, producer, 0);
        using var changes = new ChangeSetBuilder();
        var listed = new byte[RejectionCodec.MaxBytes];
        ledger.Plan(Id(1_001), 0, listed.Length).Append(changes, new ProducerCommit(Id(1_001), 0, 0, 0, int.MaxValue), listed);
        Assert.InRange(changes.Length, RejectionCodec.MaxBytes, WalFormat.MaxPayload - ChangeFormat.MaxCommitBytes);
    }

    /// <summary>As Constrain does: what the plan says goes into a commit, and the ledger takes it from there.</summary>
    private void Send(ProducerLedger ledger, int producer, long sequence, byte[]? listed = null)
    {
        using var changes = new ChangeSetBuilder();
        var plan = ledger.Plan(Id(producer), sequence, listed?.Length ?? 0);
        plan.Append(changes, new ProducerCommit(Id(producer), sequence, 0, 1, listed is null ? 0 : 1), listed);
        foreach (var other in plan.Others)
            ledger.Forget(other.Id);
        ledger.Take(new ProducerView(changes.LastOperationBody), new Lsn(++_lsn));
    }

    private static int[] Known(ProducerLedger ledger) => [.. ledger.Producers.Select(static producer => BitConverter.ToInt32(producer.Id.Value.ToByteArray()))];

    private static ProducerId Id(int number) => new(new Guid(number, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]));
}
