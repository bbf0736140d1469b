using Helios.Pipeline.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

public class ChangeFeedTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("helios-test-").FullName;

    protected virtual HeliosOptions Options => new();

    public void Dispose()
    {
        Directory.Delete(_path, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Changes_come_in_order_with_commit_table_row_and_values()
    {
        await using var helios = await HeliosEngine.OpenAsync(_path, Options);
        var (trips, fares) = (await helios.TableAsync<Trip>("trips"), await helios.TableAsync<TypedTableTests.Fare>("fares"));
        var first = await trips.InsertAsync(TypedTableTests.Numbers(1, 3));
        var second = await fares.InsertAsync(new TypedTableTests.Fare("a", 1, null, 7));
        var changes = await TakeAsync(helios.Feed(first.Lsn), 4);
        Assert.Equal(
            [(first.Lsn, "trips", 1ul), (first.Lsn, "trips", 2), (first.Lsn, "trips", 3), (second.Lsn, "fares", 1)],
            changes.Select(c => (c.Lsn, c.Table, c.Row.Value)));
        Assert.All(changes, c => Assert.Equal(ChangeKind.Insert, c.Kind));
        Assert.Equal("plate 2", changes[1].Values!["Plate"]);
        Assert.Equal(7, changes[3].Values!["Seat"]);
        Assert.InRange(TimeProvider.System.GetUtcNow() - changes[0].Time, TimeSpan.Zero, TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task Rows_that_were_left_out_of_a_commit_are_not_shown_and_the_others_keep_their_ids()
    {
        await using var helios = await HeliosEngine.OpenAsync(_path, Options);
        var trips = await helios.TableAsync<Trip>("trips");
        var receipt = await trips.InsertAsync([Trip.Number(1), Trip.Number(1), Trip.Number(2)], OnReject.RejectRow);
        var changes = await TakeAsync(helios.Feed(receipt.Lsn), 2);
        Assert.Equal([1L, 2L], changes.Select(c => (long)c.Values!["Id"]!));
        Assert.Equal(await RowIdsAsync(helios, "trips"), changes.Select(c => c.Row));
    }

    [Fact]
    public async Task A_row_that_goes_is_shown_without_values()
    {
        await using var helios = await HeliosEngine.OpenAsync(_path, Options);
        var trips = await helios.TableAsync<Trip>("trips");
        await trips.InsertAsync(TypedTableTests.Numbers(1, 3));
        using var key = new ByteBuffer();
        Assert.True(KeyProbe.TryEncode(trips.Plan, 0, new object[] { 2L }, key));
        var receipt = await KeyedWrite.DeleteAsync(helios, trips.Plan, key.Written.ToArray(), default);
        var change = Assert.Single(await TakeAsync(helios.Feed(receipt!.Value.Lsn), 1));
        Assert.Equal((ChangeKind.Delete, "trips", new RowId(2)), (change.Kind, change.Table, change.Row));
        Assert.Null(change.Values);
    }

    [Fact]
    public async Task The_feed_goes_on_where_it_stopped_after_reopening()
    {
        Lsn last;
        await using (var helios = await HeliosEngine.OpenAsync(_path, Options))
        {
            var trips = await helios.TableAsync<Trip>("trips");
            for (var i = 0; i < 5; i++)
                await trips.InsertAsync(Trip.Number(i));
            last = (await TakeAsync(helios.Feed(Lsn.Zero), 2))[^1].Lsn;
        }

        await using var again = await HeliosEngine.OpenAsync(_path, Options);
        var reopened = await again.TableAsync<Trip>("trips");
        await reopened.InsertAsync(Trip.Number(5));
        var rest = await TakeAsync(again.Feed(last.Next), 4);
        Assert.Equal([2L, 3L, 4L, 5L], rest.Select(c => (long)c.Values!["Id"]!));
    }

    [Theory]
    [InlineData(SafetyLevel.Full)]
    [InlineData(SafetyLevel.Batched)]
    public async Task A_follower_sees_every_row_once_while_a_million_are_written(SafetyLevel level)
    {
        const int rows = 1_000_000;
        await using var helios = await HeliosEngine.OpenAsync(_path, Options with { SafetyLevel = level });
        var trips = await helios.TableAsync<Trip>("trips");
        var following = Task.Run(FollowAsync);
        var receipt = await trips.InsertAsync(Stream(rows));
        Assert.Equal(rows, receipt.Rows);
        Assert.Equal(rows, await following);

        async Task<long> FollowAsync()
        {
            var next = 0L;
            var last = Lsn.Zero;
            await foreach (var change in helios.Feed(Lsn.Zero))
            {
                if ((long)change.Values!["Id"]! != next || change.Lsn < last)
                    break; // the count says where
                last = change.Lsn;
                if (++next == rows)
                    break;
            }

            return next;
        }

        static async IAsyncEnumerable<Trip> Stream(int count)
        {
            for (var i = 0; i < count; i++)
            {
                if (i % 500 == 0)
                    await Task.Yield();
                yield return Trip.Number(i);
            }
        }
    }

    [Fact]
    public async Task A_database_in_memory_shows_changes_at_once()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var trips = await helios.TableAsync<Trip>("trips");
        var waiting = TakeAsync(helios.Feed(helios.Visible.Next), 1);
        await trips.InsertAsync(Trip.Number(1));
        Assert.Equal(1L, Assert.Single(await waiting).Values!["Id"]);
    }

    [Fact]
    public async Task A_waiting_feed_ends_when_the_engine_closes()
    {
        var helios = await HeliosEngine.OpenAsync(_path, Options);
        var trips = await helios.TableAsync<Trip>("trips");
        await trips.InsertAsync(Trip.Number(1));
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var follower = FollowAsync(helios, seen, CancellationToken.None);
        await seen.Task;
        await helios.DisposeAsync();
        Assert.Equal(1, await follower);
    }

    [Fact]
    public async Task A_waiting_feed_ends_when_it_is_cancelled()
    {
        await using var helios = await HeliosEngine.OpenAsync(_path, Options);
        var trips = await helios.TableAsync<Trip>("trips");
        await trips.InsertAsync(Trip.Number(1));
        using var stop = new CancellationTokenSource();
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var follower = FollowAsync(helios, seen, stop.Token);
        await seen.Task;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => follower);
        await trips.InsertAsync(Trip.Number(2)); // the engine does not notice
    }

    [Fact]
    public async Task A_commit_that_the_log_no_longer_holds_is_refused_with_the_oldest_there_is()
    {
        var options = Options with { LogRetention = 0, Log = new WalOptions { SegmentBytes = [1 << 20] } };
        await using var helios = await HeliosEngine.OpenAsync(_path, options);
        var trips = await helios.TableAsync<Trip>("trips");
        for (var i = 0; i < 40; i++)
            await trips.InsertAsync(TypedTableTests.Numbers(i * 1_000, 1_000));
        await helios.CheckpointAsync();
        var error = await Assert.ThrowsAsync<HeliosException>(() => TakeAsync(helios.Feed(new Lsn(1)), 1));
        Assert.Equal((HeliosErrorKind.Invalid, "lsn_too_old"), (error.Kind, error.Code));
        Assert.Contains($"the oldest it has is {error.Lsn}", error.Message, StringComparison.Ordinal);
        var oldest = (await TakeAsync(helios.Feed(error.Lsn), 1))[0];
        Assert.Equal(error.Lsn, oldest.Lsn);
        Assert.Equal(error.Lsn, (await TakeAsync(helios.Feed(Lsn.Zero), 1))[0].Lsn); // zero: whatever there is
    }

    [Theory]
    [InlineData(SafetyLevel.Async)]
    [InlineData(SafetyLevel.Unsafe)]
    public async Task What_a_power_loss_could_take_back_is_not_shown(SafetyLevel level)
    {
        await using var helios = await HeliosEngine.OpenAsync(_path, Options with { SafetyLevel = level, TimeProvider = new FakeTimeProvider() });
        var trips = await helios.TableAsync<Trip>("trips");
        await helios.CheckpointAsync();
        await trips.InsertAsync(Trip.Number(1));
        await using var feed = helios.Feed(Lsn.Zero).GetAsyncEnumerator();
        var first = feed.MoveNextAsync().AsTask();
        Assert.True(helios.Visible > helios.Durable);
        Assert.False(first.IsCompleted);

        await helios.CheckpointAsync();

        Assert.True(await first);
        Assert.Equal(helios.Visible, helios.Durable);
        Assert.Equal(1L, feed.Current.Values!["Id"]);
    }

    [Fact]
    public async Task A_closed_engine_has_no_feed()
    {
        var helios = await HeliosEngine.OpenInMemoryAsync();
        await helios.DisposeAsync();
        Assert.Equal(HeliosErrorKind.Closed, (await Assert.ThrowsAsync<HeliosException>(() => TakeAsync(helios.Feed(Lsn.Zero), 1))).Kind);
    }

    private static async Task<int> FollowAsync(HeliosEngine helios, TaskCompletionSource seen, CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var _ in helios.Feed(Lsn.Zero, cancellationToken))
        {
            count++;
            seen.TrySetResult();
        }

        return count;
    }

    private static async Task<List<Change>> TakeAsync(IAsyncEnumerable<Change> feed, int count)
    {
        var changes = new List<Change>();
        await foreach (var change in feed)
        {
            changes.Add(change);
            if (changes.Count == count)
                break;
        }

        return changes;
    }

    private static async Task<List<RowId>> RowIdsAsync(HeliosEngine helios, string table)
    {
        await Task.CompletedTask;
        var ids = new List<RowId>();
        using var view = helios.OpenView();
        using var rows = view.Scan(helios.FindTable(table)!.Plan);
        while (rows.MoveNext())
            ids.Add(rows.RowId);
        return ids;
    }
}

/// <summary>All of it in an encrypted database.</summary>
public sealed class EncryptedFeedTests : ChangeFeedTests
{
    protected override HeliosOptions Options => new() { Encryption = DatabaseFiles.Key(1) };
}
