using System.Runtime.CompilerServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class StreamInsertTests
{
    public sealed record Note([property: Key] long Id, string Text);

    [Fact]
    public async Task A_stream_is_written_whole_and_in_its_order()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var trips = await helios.TableAsync<Trip>("trips");
        var before = helios.Visible;
        var receipt = await trips.InsertAsync(Stream(0, 25_500));
        Assert.Equal((25_500, 26, 0), (receipt.Rows, receipt.Commits, receipt.Rejected));
        Assert.Equal(before + 26, receipt.Lsn);
        Assert.Equal(Enumerable.Range(0, 25_500).Select(i => (long)i), (await TypedTableTests.ListAsync(trips.ScanAsync())).Select(t => t.Id));
    }

    [Fact]
    public async Task With_RejectRow_refused_rows_are_numbered_over_the_whole_stream()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var trips = await helios.TableAsync<Trip>("trips");
        await trips.InsertAsync(Trip.Number(150));
        var receipt = await trips.InsertAsync(Stream(0, 300, spoil: 210), rowsPerCommit: 100, OnReject.RejectRow);
        Assert.Equal((298, 3, 2), (receipt.Rows, receipt.Commits, receipt.Rejected));
        Assert.Equal(["150 duplicate_key", "210 invalid_text"], receipt.FirstRejected.Select(r => $"{r.Row} {r.Code}"));
    }

    [Fact]
    public async Task A_refused_commit_ends_the_stream_and_says_which_rows_are_not_there()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var trips = await helios.TableAsync<Trip>("trips");
        await trips.InsertAsync(Trip.Number(150));
        var error = await Assert.ThrowsAsync<HeliosException>(() => trips.InsertAsync(Stream(0, 1_000_000), rowsPerCommit: 100));
        Assert.Equal(("duplicate_key", 150), (error.Code, error.Row));
        Assert.Contains("Rows 100 to 199", error.Message, StringComparison.Ordinal);
        Assert.Contains("The 100 rows of 1 earlier commits are stored", error.Message, StringComparison.Ordinal);
        Assert.InRange(await trips.CountAsync(), 101, 101 + (StreamInsert<Trip>.MaxInFlight * 100));
    }

    [Fact]
    public async Task Rows_too_long_to_share_a_commit_get_one_each()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var notes = await helios.TableAsync<Note>("notes");
        var receipt = await notes.InsertAsync(Long());
        Assert.Equal((4, 4), (receipt.Rows, receipt.Commits));
        Assert.Equal((16 << 20) - 200, (await notes.FindAsync(2L))!.Text.Length);

        static async IAsyncEnumerable<Note> Long()
        {
            await Task.CompletedTask;
            yield return new Note(1, new string('0', 1 << 20)); // not long, and not to share a commit with what follows
            yield return new Note(2, new string('a', (16 << 20) - 200));
            yield return new Note(3, new string('b', 5 << 20));
            yield return new Note(4, "");
        }
    }

    [Fact]
    public async Task A_cancelled_stream_finishes_the_commits_in_hand()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var trips = await helios.TableAsync<Trip>("trips");
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => trips.InsertAsync(CancelAt(250, stop), 100, OnReject.RejectCommit, stop.Token));
        Assert.Equal(200, await trips.CountAsync());
    }

    [Fact]
    public async Task An_error_of_the_source_reaches_the_caller_after_the_commits_in_hand()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var trips = await helios.TableAsync<Trip>("trips");
        await Assert.ThrowsAsync<TimeoutException>(() => trips.InsertAsync(Failing(), 100));
        Assert.Equal(100, await trips.CountAsync());

        static async IAsyncEnumerable<Trip> Failing()
        {
            await foreach (var trip in Stream(0, 150))
                yield return trip;
            throw new TimeoutException();
        }
    }

    private static async IAsyncEnumerable<Trip> CancelAt(int row, CancellationTokenSource stop, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var i = 0; ; i++)
        {
            if (i == row)
                await stop.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            yield return Trip.Number(i);
        }
    }

    private static async IAsyncEnumerable<Trip> Stream(int first, int count, int spoil = -1)
    {
        for (var i = first; i < first + count; i++)
        {
            if (i % 1_000 == 0)
                await Task.Yield();
            yield return i == spoil ? Trip.Number(i) with { Plate = "\ud800" } : Trip.Number(i);
        }
    }
}
