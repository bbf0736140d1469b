using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>What outlives the process: a commit that is sent again to the next one.</summary>
public sealed class RememberedCommitTests : IDisposable
{
    private readonly UnloggedFixture _fixture = new() { LsnSkip = 1 << 16 };

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task After_a_kill_a_repeat_gets_the_first_answer_with_its_refused_rows(bool isFlushed, bool isEncrypted)
    {
        var options = _fixture.Logged with { Encryption = isEncrypted ? DatabaseFiles.Key(1) : null };
        CommitReceipt first, part;
        string copy;
        await using (var engine = await HeliosEngine.OpenAsync(_fixture.Path, options))
        {
            var table = await engine.ThingsAsync();
            first = await table.SendAsync([1, 2], sequence: 1);
            part = await table.SendAsync([2, 3, 1, 4], sequence: 2, onReject: OnReject.RejectRow);
            if (isFlushed)
                await engine.CheckpointAsync();
            copy = _fixture.Copy();
        }

        Assert.Equal((2, 2), (part.Rows, part.Rejected.Count));
        await using (var again = await HeliosEngine.OpenAsync(copy, options))
        {
            var table = await again.ThingsAsync();
            NumberedCommit.AssertRepeats(first, await table.SendAsync([1, 2], sequence: 1));
            var repeat = await table.SendAsync([2, 3, 1, 4], sequence: 2, onReject: OnReject.RejectRow);
            NumberedCommit.AssertRepeats(part, repeat);
            Assert.Equal([0, 2], repeat.Rejected.Select(static row => row.Row));
            Assert.Equal(0, repeat.UnlistedRejections);
            Assert.False(repeat.IsComplete);
            Assert.Equal(4, await table.CountAsync());
            await NumberedCommit.RefusedAsync("sequence_reused", () => table.SendAsync([5], sequence: 1));
        }

        await UnloggedFixture.VerifyAsync(copy, options.Encryption);
    }

    [Fact]
    public async Task Of_very_many_refused_rows_a_repeat_lists_the_first_ones_and_counts_the_others()
    {
        await using (var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged))
        {
            var table = await engine.ThingsAsync();
            await table.SendAsync(Enumerable.Range(0, 1_000).Select(static id => (long)id), sequence: 1);
            var first = await table.SendAsync(Enumerable.Range(0, 1_001).Select(static id => (long)id), sequence: 2, onReject: OnReject.RejectRow);
            Assert.Equal((1, 1_000, 0), (first.Rows, first.Rejected.Count, first.UnlistedRejections));
            var repeat = await table.SendAsync(Enumerable.Range(0, 1_001).Select(static id => (long)id), sequence: 2, onReject: OnReject.RejectRow);
            NumberedCommit.AssertRepeats(first, repeat);
            Assert.InRange(repeat.UnlistedRejections, 1, 999);
        }

        await UnloggedFixture.VerifyAsync(_fixture.Path);
    }

    [Fact]
    public async Task A_typed_commit_counts_its_own_refused_rows_each_time()
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged);
        var table = await engine.TableAsync<Named>();
        Named[] rows = [new() { Id = 1, Name = "a" }, new() { Id = 2, Name = "much too long" }, new() { Id = 1, Name = "b" }];
        var first = await table.InsertAsync(rows, NumberedCommit.Someone, 1, OnReject.RejectRow);
        Assert.Equal([1, 2], first.Rejected.Select(static row => row.Row));
        NumberedCommit.AssertRepeats(first, await table.InsertAsync(rows, NumberedCommit.Someone, 1, OnReject.RejectRow));
        Assert.Equal(1, await table.CountAsync());
    }

    [Fact]
    public async Task Within_the_window_numbers_come_in_any_order_and_below_it_nobody_knows()
    {
        var options = _fixture.Logged with { ProducerWindow = 4 };
        await using (var engine = await HeliosEngine.OpenAsync(_fixture.Path, options))
        {
            var table = await engine.ThingsAsync();
            await table.SendAsync(10);
            await table.SendAsync(7); // the lowest of the window
            await NumberedCommit.RefusedAsync("sequence_too_old", () => table.SendAsync(6));
            Assert.True((await table.SendAsync(7)).IsRepeat);
            await table.SendAsync(11);
            await NumberedCommit.RefusedAsync("sequence_too_old", () => table.SendAsync(7));
            Assert.False((await table.SendAsync(8)).IsRepeat); // a gap that is filled
            Assert.True((await table.SendAsync(10)).IsRepeat);
        }

        await using (var again = await HeliosEngine.OpenAsync(_fixture.Path, options))
        {
            var table = await again.ThingsAsync();
            await NumberedCommit.RefusedAsync("sequence_too_old", () => table.SendAsync(7));
            foreach (var remembered in new[] { 8, 10, 11 })
                Assert.True((await table.SendAsync(remembered)).IsRepeat);
            Assert.Equal(4, await table.CountAsync());
        }

        await UnloggedFixture.VerifyAsync(_fixture.Path);
    }

    [Fact]
    public async Task A_larger_window_takes_nothing_for_new_that_a_smaller_one_forgot()
    {
        foreach (var (window, sequences) in new[] { (128, Enumerable.Range(0, 100)), (2, Enumerable.Range(100, 4)) })
        {
            await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged with { ProducerWindow = window });
            var table = await engine.ThingsAsync();
            foreach (var sequence in sequences)
                await table.SendAsync(sequence);
        }

        await using var last = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged with { ProducerWindow = 1_000 });
        var things = await last.ThingsAsync();
        await NumberedCommit.RefusedAsync("sequence_too_old", () => things.SendAsync(50));
        Assert.True((await things.SendAsync(103)).IsRepeat);
        Assert.True((await things.SendAsync(102)).IsRepeat);
        Assert.Equal(104, await things.CountAsync());
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(65_536, true)]
    [InlineData(65_537, false)]
    public void A_window_has_1_to_65536_numbers(int window, bool isAllowed)
    {
        var error = Record.Exception(() => new HeliosOptions { ProducerWindow = window });
        Assert.Equal(isAllowed, error is null);
        Assert.True(isAllowed || error is ArgumentOutOfRangeException);
    }

    [Fact]
    public async Task Of_more_producers_than_are_remembered_the_one_that_was_silent_for_longest_is_forgotten()
    {
        await using (var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged with { SafetyLevel = SafetyLevel.Unsafe }))
        {
            var table = await engine.ThingsAsync();
            var sent = new List<Task>();
            for (var producer = 1; producer <= ProducerLedger.MaxProducers; producer++)
            {
                sent.Add(table.SendAsync([], sequence: 5, Numbered(producer)).AsTask());
                if (producer % 500 == 0)
                    await Task.WhenAll(sent); // a frame of this database takes 1,000 commits at most
            }

            await table.SendAsync([], sequence: 6, Numbered(1)); // now it is the newest
            await table.SendAsync([], sequence: 1, NumberedCommit.Someone);
        }

        await using (var again = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged))
        {
            var table = await again.ThingsAsync();
            Assert.Equal(ProducerLedger.MaxProducers, again.Parts.Order.Producers.Count);
            Assert.True((await table.SendAsync([], sequence: 5, Numbered(1))).IsRepeat);
            Assert.True((await table.SendAsync([], sequence: 1, NumberedCommit.Someone)).IsRepeat);
            Assert.Equal(99, Enumerable.Range(2, 100).Count(producer => again.Parts.Order.Producers.TryFind(Numbered(producer), 5, out _)));
        }

        await UnloggedFixture.VerifyAsync(_fixture.Path);
    }

    [Fact]
    public async Task Without_a_log_what_the_store_has_flushed_is_remembered_and_the_rest_is_written_anew()
    {
        string copy;
        CommitReceipt first;
        await using (var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.WithoutLog))
        {
            var table = await engine.ThingsAsync();
            first = await table.SendAsync(1);
            await engine.CheckpointAsync();
            var late = await table.SendAsync(2);
            NumberedCommit.AssertRepeats(late, await table.SendAsync(2));
            copy = _fixture.Copy();
        }

        await using var again = await HeliosEngine.OpenAsync(copy, _fixture.WithoutLog);
        var things = await again.ThingsAsync();
        NumberedCommit.AssertRepeats(first, await things.SendAsync(1));
        Assert.False((await things.SendAsync(2)).IsRepeat);
        Assert.Equal(2, await things.CountAsync());
    }

    [Fact]
    public async Task A_restored_backup_remembers_what_the_backup_has()
    {
        var (backups, restored) = (_fixture.In("backups"), _fixture.In("restored"));
        CommitReceipt first;
        await using (var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged))
        {
            var table = await engine.ThingsAsync();
            first = await table.SendAsync(1);
            await engine.BackupAsync(backups);
            await table.SendAsync(2);
        }

        await BackupStore.RestoreAsync(backups, restored);
        await using var again = await HeliosEngine.OpenAsync(restored, _fixture.Logged);
        var things = await again.ThingsAsync();
        NumberedCommit.AssertRepeats(first, await things.SendAsync(1));
        Assert.False((await things.SendAsync(2)).IsRepeat);
    }

    private static ProducerId Numbered(int number) => new(new Guid(number, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]));

    private sealed class Named
    {
        [Key]
        public long Id { get; set; }

        [Column(Type = ColumnType.Varchar, Length = 5)]
        public string Name { get; set; } = "";
    }
}
