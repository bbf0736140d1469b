using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A commit that is sent again under its number, to an engine that is running.</summary>
public sealed class RepeatedCommitTests : IDisposable
{
    private readonly UnloggedFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(Durability.Visible)]
    [InlineData(Durability.Logged)]
    public async Task A_repeat_gets_the_first_answer_and_writes_nothing(Durability durability)
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged);
        var table = await engine.ThingsAsync();
        var first = await table.SendAsync([1, 2, 3], sequence: 7, durability: durability);
        await table.SendAsync(8);
        NumberedCommit.AssertRepeats(first, await table.SendAsync([1, 2, 3], sequence: 7, durability: durability));
        Assert.Equal(3, first.Rows);
        Assert.Equal(4, await table.CountAsync());
        Assert.Equal(first.Lsn + 2, (await table.SendAsync(9)).Lsn); // the repeat took no LSN
    }

    [Fact]
    public async Task A_repeat_that_was_only_queued_writes_nothing_and_is_no_refusal()
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged);
        var table = await engine.ThingsAsync();
        using var session = engine.OpenSession();
        for (var attempt = 0; attempt < 2; attempt++)
        {
            session.Insert(table, EngineFixture.Row(table, 1));
            Assert.Equal(Lsn.Zero, (await session.CommitAsync(NumberedCommit.Someone, 1, Durability.Queued)).Lsn);
        }

        Assert.Equal(1, (await table.SendAsync(1)).Rows); // behind both
        Assert.Equal(0, session.RefusedAfterQueued);
        Assert.Equal(1, await table.CountAsync());
    }

    [Theory]
    [InlineData(Durability.Visible)]
    [InlineData(Durability.Logged)]
    public async Task A_repeat_waits_for_its_first_that_is_still_in_flight(Durability durability)
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged);
        var table = await engine.ThingsAsync();
        using var sync = new HeldSync(_fixture.Files);
        var first = table.SendAsync(1).AsTask();
        sync.WaitUntilHeld();
        var repeat = table.SendAsync(1, durability: durability).AsTask();
        var other = table.SendAsync([2], sequence: 1).AsTask(); // the refusal rests on the first, too
        var seen = engine.Visible;
        Assert.False(first.IsCompleted || repeat.IsCompleted || other.IsCompleted);
        sync.Release();
        NumberedCommit.AssertRepeats(await first, await repeat);
        await NumberedCommit.RefusedAsync("sequence_reused", () => new ValueTask<CommitReceipt>(other));
        Assert.True(seen < (await first).Lsn);
        Assert.Equal(1, await table.CountAsync());
    }

    [Fact]
    public async Task A_repeat_whose_first_is_lost_on_its_way_is_lost_with_it_and_is_decided_anew_after_a_resume()
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged);
        var table = await engine.ThingsAsync();
        var kept = await table.SendAsync(1);
        using var sync = new HeldSync(_fixture.Files);
        var before = table.SendAsync(2).AsTask();
        sync.WaitUntilHeld();
        _fixture.Files.Fail(FileCall.Write, errno: 28, forEver: true, path: ".wal");
        var first = table.SendAsync(3).AsTask();
        var repeat = table.SendAsync(3).AsTask();
        sync.Release();
        await before;
        Assert.Equal("disk_full", (await Assert.ThrowsAsync<HeliosException>(() => first)).Code);
        Assert.Equal("disk_full", (await Assert.ThrowsAsync<HeliosException>(() => repeat)).Code);

        _fixture.Files.Heal();
        await engine.ResumeAsync();
        NumberedCommit.AssertRepeats(kept, await table.SendAsync(1));
        NumberedCommit.AssertRepeats(await before, await table.SendAsync(2));
        var again = await table.SendAsync(3);
        Assert.False(again.IsRepeat);
        NumberedCommit.AssertRepeats(again, await table.SendAsync(3));
        Assert.Equal(3, await table.CountAsync());
    }

    [Fact]
    public async Task Of_eight_that_send_a_number_at_once_one_writes_and_all_get_its_answer()
    {
        const int Senders = 8, Rounds = 50;
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged with { SafetyLevel = SafetyLevel.Batched });
        var table = await engine.ThingsAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, Senders).Select(_ => Task.Run(async () =>
        {
            var mine = new List<CommitReceipt>();
            for (var sequence = 0; sequence < Rounds; sequence++)
                mine.Add(await table.SendAsync(sequence));
            return mine;
        })));
        for (var sequence = 0; sequence < Rounds; sequence++)
        {
            var told = answers.Select(mine => mine[sequence]).ToList();
            Assert.Single(told.Select(static receipt => receipt.Lsn).Distinct());
            Assert.Single(told, static receipt => !receipt.IsRepeat);
        }

        Assert.Equal(Rounds, await table.CountAsync());
    }

    [Fact]
    public async Task A_commit_that_was_refused_is_decided_anew()
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged);
        var table = await engine.ThingsAsync();
        await table.InsertAsync(EngineFixture.Row(table, 1));
        Assert.Equal("duplicate_key", (await Assert.ThrowsAsync<HeliosException>(async () => await table.SendAsync(1))).Code);
        Assert.Equal("duplicate_key", (await Assert.ThrowsAsync<HeliosException>(async () => await table.SendAsync(1))).Code);
        await table.DeleteAsync(1L);
        var written = await table.SendAsync(1);
        Assert.False(written.IsRepeat);
        NumberedCommit.AssertRepeats(written, await table.SendAsync(1));
    }

    [Fact]
    public async Task A_number_that_was_used_for_other_rows_is_refused_and_nothing_is_written()
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged);
        var table = await engine.ThingsAsync();
        var first = await table.SendAsync([1, 2], sequence: 1);
        await NumberedCommit.RefusedAsync("sequence_reused", () => table.SendAsync([1, 3], sequence: 1));
        await NumberedCommit.RefusedAsync("sequence_reused", () => table.SendAsync([1], sequence: 1));
        await NumberedCommit.RefusedAsync("sequence_reused", () => table.SendAsync([], sequence: 1));
        var other = await table.SendAsync([3], sequence: 1, producer: ProducerId.From("another"));
        Assert.False(other.IsRepeat);
        NumberedCommit.AssertRepeats(first, await table.SendAsync([1, 2], sequence: 1));
        Assert.Equal(3, await table.CountAsync());
    }

    [Fact]
    public async Task The_same_rows_in_another_table_are_other_content()
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged);
        var things = await engine.ThingsAsync();
        var others = await engine.TableAsync("others", EngineFixture.Schema);
        await things.SendAsync(1);
        await NumberedCommit.RefusedAsync("sequence_reused", () => others.SendAsync(1));
    }

    [Fact]
    public async Task A_commit_of_no_rows_is_remembered_as_well()
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged);
        var table = await engine.ThingsAsync();
        var first = await table.SendAsync([], sequence: 1);
        Assert.True(first.Lsn > Lsn.Zero);
        NumberedCommit.AssertRepeats(first, await table.SendAsync([], sequence: 1));
    }

    [Fact]
    public async Task A_database_in_memory_remembers_too()
    {
        await using var engine = await HeliosEngine.OpenInMemoryAsync();
        var table = await engine.ThingsAsync();
        var first = await table.SendAsync(1);
        NumberedCommit.AssertRepeats(first, await table.SendAsync(1));
    }

    [Fact]
    public async Task A_repeat_gives_its_credit_back()
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged with { MaxQueuedRows = 1, SafetyLevel = SafetyLevel.Unsafe });
        var table = await engine.ThingsAsync();
        for (var attempt = 0; attempt < 50; attempt++)
            Assert.Equal(attempt > 0, (await table.SendAsync(1)).IsRepeat); // with credit for one row it would wait for ever
        for (var attempt = 0; attempt < 50; attempt++)
            await NumberedCommit.RefusedAsync("sequence_reused", () => table.SendAsync([2], sequence: 1));
    }

    [Fact]
    public void A_name_of_1_to_128_bytes_has_the_same_id_in_every_version()
    {
        Assert.Throws<ArgumentException>(() => ProducerId.From(""));
        Assert.Throws<ArgumentException>(() => ProducerId.From(new string('x', 129)));
        Assert.Throws<ArgumentException>(() => ProducerId.From("\ud800"));
        Assert.Equal(ProducerId.From("x"), ProducerId.From("x"));
        Assert.Equal("ba7816bf-8f01-cfea-4141-40de5dae2223", ProducerId.From("abc").ToString()); // SHA-256 of "abc": the same in every version
    }

    [Fact]
    public async Task A_producer_without_an_id_and_a_negative_number_are_misuse_and_the_rows_are_kept()
    {
        await using var engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Logged);
        var table = await engine.ThingsAsync();
        using var session = engine.OpenSession();
        session.Insert(table, EngineFixture.Row(table, 1));
        await Assert.ThrowsAsync<ArgumentException>(() => session.CommitAsync(default(ProducerId), 1).AsTask());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => session.CommitAsync(NumberedCommit.Someone, -1).AsTask());
        Assert.Equal(1, session.PendingRows);
    }
}
