using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class TypedTableTests : IDisposable
{
    public sealed record Fare([property: Key] string City, [property: Key] int Zone, [property: Unique("place")] int? Row, [property: Unique("place")] int? Seat);

    public sealed record Named([property: Key] long Id, [property: Column(Length = 4)] string Name);

    public readonly record struct Point([property: Key] int X, double Height);

    private readonly string _path = Directory.CreateTempSubdirectory("helios-test-").FullName;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public async Task Rows_are_found_scanned_and_counted_after_the_answer_and_after_reopening()
    {
        await using (var helios = await HeliosEngine.OpenAsync(_path))
        {
            var trips = await helios.TableAsync<Trip>("trips");
            var receipt = await trips.InsertAsync(Numbers(1, 100));
            Assert.Equal(100, receipt.Rows);
            Assert.Equal(Trip.Number(42), await trips.FindAsync(42L));
            Assert.Equal(Trip.Number(42), await trips.FindAsync(42)); // an int for a long
            Assert.Equal(Trip.Number(42), await trips.FindAsync([42L]));
            Assert.Null(await trips.FindAsync(101L));
        }

        await using var again = await HeliosEngine.OpenAsync(_path);
        var reopened = await again.TableAsync<Trip>("trips");
        Assert.Equal(100, await reopened.CountAsync());
        Assert.Equal(Numbers(1, 100), await ListAsync(reopened.ScanAsync()));
        Assert.Equal(Trip.Number(7), await reopened.FindAsync(7));
    }

    [Fact]
    public async Task A_table_is_called_what_the_caller_the_attribute_or_the_type_says()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        Assert.Equal("trips", (await helios.TableAsync<Trip>("trips")).Name);
        Assert.Equal("Trip", (await helios.TableAsync<Trip>()).Name);
    }

    [Fact]
    public async Task Another_schema_under_the_same_name_is_refused_with_the_difference()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        await helios.TableAsync<Trip>("things");
        var error = await Assert.ThrowsAsync<HeliosException>(() => helios.TableAsync<Named>("things"));
        Assert.Equal("schema_mismatch", error.Code);
        Assert.Contains("Plate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_duplicate_is_thrown_by_Insert_and_told_by_TryInsert()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var trips = await helios.TableAsync<Trip>("trips");
        await trips.InsertAsync(Trip.Number(1));
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await trips.InsertAsync(Trip.Number(1)));
        Assert.Equal((HeliosErrorKind.Invalid, "duplicate_key", "Id"), (error.Kind, error.Code, error.Column));
        var receipt = await trips.TryInsertAsync(Trip.Number(2) with { Plate = "plate 1" });
        Assert.False(receipt.IsComplete);
        Assert.Equal(("duplicate_key", "Plate", Lsn.Zero), (receipt.Error!.Code, receipt.Error.Column, receipt.Lsn));
        Assert.True((await trips.TryInsertAsync(Trip.Number(2))).IsComplete);
        Assert.Equal(2, await trips.CountAsync());
    }

    [Fact]
    public async Task The_untyped_table_tells_a_refusal_too()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        await helios.TableAsync<Trip>("trips");
        var untyped = helios.FindTable("trips")!;
        var receipt = await untyped.TryInsertAsync(untyped.NewRow());
        Assert.Equal("not_null", receipt.Error!.Code);
    }

    [Fact]
    public async Task With_RejectRow_refused_rows_are_listed_by_their_place_among_the_rows_given()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var table = await helios.TableAsync<Named>("names");
        await table.InsertAsync(new Named(3, "c"));
        Named[] rows = [new(1, "a"), new(2, "\ud800"), new(3, "dup"), new(4, null!), new(5, "\udfff"), new(6, "too long"), new(7, "g")];
        var receipt = await table.InsertAsync(rows, OnReject.RejectRow);
        Assert.Equal(2, receipt.Rows);
        Assert.Equal(
            ["1 invalid_text", "2 duplicate_key", "3 not_null", "4 invalid_text", "5 too_long"],
            receipt.Rejected.Select(r => $"{r.Row} {r.Code}"));
        Assert.Equal([3, 1, 7], (await ListAsync(table.ScanAsync())).Select(n => n.Id));
    }

    [Fact]
    public async Task With_RejectCommit_the_first_row_that_does_not_fit_is_named_and_nothing_is_written()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var table = await helios.TableAsync<Named>("names");
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await table.InsertAsync([new Named(1, "a"), new Named(2, "\ud800")]));
        Assert.Equal((1, "Name", "invalid_text"), (error.Row, error.Column, error.Code));
        error = await Assert.ThrowsAsync<HeliosException>(async () => await table.InsertAsync([new Named(1, "a"), new Named(2, null!)]));
        Assert.Equal((1, "Name", "not_null"), (error.Row, error.Column, error.Code));
        Assert.Equal(0, await table.CountAsync());
    }

    [Fact]
    public async Task Rows_of_which_none_can_be_taken_make_no_commit()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var table = await helios.TableAsync<Named>("names");
        var before = helios.Visible;
        var receipt = await table.InsertAsync([new Named(1, "\ud800")], OnReject.RejectRow);
        Assert.Equal((0, 1, Lsn.Zero), (receipt.Rows, receipt.Rejected.Count, receipt.Lsn));
        Assert.Equal(0, (await table.InsertAsync([])).Rows);
        Assert.Equal(before, helios.Visible);
    }

    [Fact]
    public async Task A_key_of_several_columns_is_found_by_all_of_them_in_key_order()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var fares = await helios.TableAsync<Fare>("fares");
        await fares.InsertAsync([new Fare("Bonn", 1, 1, 1), new Fare("Bonn", 2, 1, 2), new Fare("Köln", 1, null, 1)]);
        Assert.Equal(new Fare("Bonn", 2, 1, 2), await fares.FindAsync("Bonn", 2));
        Assert.Null(await fares.FindAsync("Köln", 2));
        await Assert.ThrowsAsync<ArgumentException>(async () => await fares.FindAsync("Bonn"));
        await Assert.ThrowsAsync<ArgumentException>(async () => await fares.FindAsync("Bonn", 1, 2));
    }

    [Fact]
    public async Task A_key_that_no_row_can_have_is_not_found_and_one_of_another_type_is_misuse()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var points = await helios.TableAsync<Point>("points");
        await points.InsertAsync(new Point(1, 2.5));
        Assert.False((await points.TryFindAsync((1L << 32) + 1)).Found); // cut to 32 bits it would be 1
        Assert.Equal(default, await points.FindAsync((1L << 32) + 1));
        Assert.Null(await helios.FindTable("points")!.FindAsync((1L << 32) + 1));
        Assert.False((await points.TryFindAsync(UInt128.MaxValue)).Found);
        Assert.Equal(new Point(1, 2.5), await points.FindAsync((byte)1));
        await Assert.ThrowsAsync<ArgumentException>(async () => await points.FindAsync("1"));
        await Assert.ThrowsAsync<ArgumentException>(async () => await points.TryFindAsync(1.0));
        await Assert.ThrowsAsync<ArgumentException>(async () => await helios.FindTable("points")!.FindAsync("1"));
        Assert.Null(await (await helios.TableAsync<Fare>("fares")).FindAsync("\ud800", 1));
    }

    [Fact]
    public async Task A_unique_group_compares_its_columns_together_and_a_NULL_never_collides()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var fares = await helios.TableAsync<Fare>("fares");
        await fares.InsertAsync([new Fare("a", 1, 1, 1), new Fare("a", 2, 1, 2), new Fare("a", 3, 1, null), new Fare("a", 4, 1, null)]);
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await fares.InsertAsync(new Fare("b", 1, 1, 2)));
        Assert.Equal(("duplicate_key", "place"), (error.Code, error.Constraint));
    }

    [Fact]
    public async Task A_struct_is_a_row_and_a_missing_one_is_told_apart_from_its_default()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var points = await helios.TableAsync<Point>("points");
        await points.InsertAsync(default(Point));
        Assert.Equal((true, default), await points.TryFindAsync(0));
        Assert.Equal((false, default), await points.TryFindAsync(1));
    }

    [Fact]
    public async Task A_session_writes_several_tables_in_one_commit_or_none()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var (trips, fares) = (await helios.TableAsync<Trip>("trips"), await helios.TableAsync<Fare>("fares"));
        using var session = helios.OpenSession();
        session.Insert(trips, Trip.Number(1));
        session.Insert(fares, new Fare("a", 1, null, null));
        session.Insert(trips, Trip.Number(2));
        var receipt = await session.CommitAsync();
        Assert.Equal(3, receipt.Rows);

        session.Insert(trips, Trip.Number(3));
        session.Insert(fares, new Fare("a", 1, null, null));
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await session.CommitAsync());
        Assert.Equal(("duplicate_key", 1), (error.Code, error.Row));
        Assert.Equal((2, 1), (await trips.CountAsync(), await fares.CountAsync()));
    }

    [Fact]
    public async Task A_row_that_a_session_refuses_leaves_the_commit_as_it_was()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var table = await helios.TableAsync<Named>("names");
        using var session = helios.OpenSession();
        session.Insert(table, new Named(1, "a"));
        Assert.Throws<HeliosException>(() => session.Insert(table, new Named(2, "\ud800")));
        session.Insert(table, new Named(3, "c"));
        Assert.Equal(2, (await session.CommitAsync()).Rows);
    }

    [Fact]
    public async Task A_table_of_another_engine_is_misuse()
    {
        await using var one = await HeliosEngine.OpenInMemoryAsync();
        await using var other = await HeliosEngine.OpenInMemoryAsync();
        var trips = await one.TableAsync<Trip>("trips");
        using var session = other.OpenSession();
        Assert.Throws<ArgumentException>(() => session.Insert(trips, Trip.Number(1)));
    }

    [Fact]
    public async Task A_commit_over_16_MiB_is_refused_with_the_limit_and_nothing_is_written()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var trips = await helios.TableAsync<Trip>("trips");
        var plate = new string('x', 1 << 20);
        var rows = Enumerable.Range(0, 17).Select(i => Trip.Number(i) with { Plate = $"{plate}{i}" });
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await trips.InsertAsync(rows));
        Assert.Equal(("commit_too_long", 15), (error.Code, error.Row));
        Assert.Contains("16777216", error.Message, StringComparison.Ordinal);
        var longs = new[] { 17, 70 }.Select(megabytes => Trip.Number(1) with { Plate = new string('x', megabytes << 20) });
        var receipt = await trips.InsertAsync(longs, OnReject.RejectRow);
        Assert.Equal(["row_too_long", "row_too_long"], receipt.Rejected.Select(r => r.Code));
        Assert.Equal(0, await trips.CountAsync());
    }

    [Fact]
    public async Task A_closed_engine_says_so()
    {
        var helios = await HeliosEngine.OpenInMemoryAsync();
        var trips = await helios.TableAsync<Trip>("trips");
        await helios.DisposeAsync();
        Assert.Equal(HeliosErrorKind.Closed, (await Assert.ThrowsAsync<HeliosException>(async () => await trips.InsertAsync(Trip.Number(1)))).Kind);
        Assert.Equal(HeliosErrorKind.Closed, (await trips.TryInsertAsync(Trip.Number(1))).Error!.Kind);
        Assert.Equal(HeliosErrorKind.Closed, (await Assert.ThrowsAsync<HeliosException>(async () => await trips.FindAsync(1L))).Kind);
        Assert.Equal(HeliosErrorKind.Closed, (await Assert.ThrowsAsync<HeliosException>(async () => await ListAsync(trips.ScanAsync()))).Kind);
        Assert.Equal(HeliosErrorKind.Closed, (await Assert.ThrowsAsync<HeliosException>(() => helios.TableAsync<Trip>("trips"))).Kind);
    }

    internal static IEnumerable<Trip> Numbers(long first, int count) => Enumerable.Range(0, count).Select(i => Trip.Number(first + i));

    internal static async Task<List<T>> ListAsync<T>(IAsyncEnumerable<T> rows)
    {
        var list = new List<T>();
        await foreach (var row in rows)
            list.Add(row);
        return list;
    }
}
