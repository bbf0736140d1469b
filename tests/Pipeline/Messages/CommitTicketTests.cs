using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Tests;

public sealed class CommitTicketTests
{
    [Fact]
    public async Task A_late_second_read_of_a_ticket_fails_instead_of_getting_the_next_commits_answer()
    {
        var ticket = CommitTicket.Rent();
        var stale = ticket.Task;
        ticket.Answer(new CommitReceipt(new Lsn(1), 1, []));
        Assert.Equal(1, (await ticket.Task).Rows);

        // Back in the pool and rented for another commit, perhaps this very object: the old task must not see it.
        var others = Enumerable.Range(0, 64).Select(_ => CommitTicket.Rent()).ToArray();
        foreach (var other in others)
            other.Answer(new CommitReceipt(new Lsn(2), 2, []));
        Assert.Throws<InvalidOperationException>(() => stale.GetAwaiter().GetResult());
        foreach (var other in others)
            Assert.Equal(2, (await other.Task).Rows);
    }

    [Fact]
    public async Task A_refusal_is_thrown_to_the_caller()
    {
        var ticket = CommitTicket.Rent();
        var task = ticket.Task;
        ticket.Fail(new HeliosException(HeliosErrorKind.Invalid, "duplicate_key", "It is there."));
        Assert.Equal("duplicate_key", (await Assert.ThrowsAsync<HeliosException>(async () => await task)).Code);
    }
}
