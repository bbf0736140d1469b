using System.Text;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Constraints;

/// <summary>CHECK constraints and defaults, for rows from every source.</summary>
public sealed class CheckTests
{
    private static TableSchema Trips => new(
        [
            new Column("id", ColumnType.Int8), new Column("fare", ColumnType.Float8), new Column("plate", ColumnType.Text) { Default = "'none'" },
            new Column("at", ColumnType.Timestamptz) { Default = "now()" }, new Column("tag", ColumnType.Uuid) { Default = "uuid()" },
        ],
        ["id"], checks: [new CheckConstraint("fare", "fare >= 0"), new CheckConstraint("short", "length(plate) <= 6 OR id > 1000")]);

    [HeliosTable("trips"), Check("positive", "Fare >= 0")]
    public sealed record Trip([property: Key] long Id, double? Fare, [property: Default("'none'")] string? Plate = null);

    [Fact]
    public async Task A_row_that_does_not_meet_a_check_is_refused_by_its_name()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var trips = await helios.TableAsync("trips", Trips);
        var first = await trips.InsertAsync(Row(trips, 1, 1.5));
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await trips.InsertAsync([Row(trips, 2, 1), Row(trips, 3, -1)]));
        Assert.Equal((HeliosErrorKind.Invalid, "check_violation", "trips", "fare", "fare", 1), (error.Kind, error.Code, error.Table, error.Constraint, error.Column, error.Row));
        error = await Assert.ThrowsAsync<HeliosException>(async () => await trips.UpsertAsync(Row(trips, 1, 1, "far too long")));
        Assert.Equal(("check_violation", "short", (string?)null), (error.Code, error.Constraint, error.Column));
        Assert.Equal((first.Lsn, 1), (helios.Visible, await trips.CountAsync()));
        await trips.InsertAsync([Row(trips, 2, null), Row(trips, 1001, 1, "far too long")]); // what is not known is no violation
        var receipt = await trips.InsertAsync([Row(trips, 4, 1), Row(trips, 5, -1)], OnReject.RejectRow);
        Assert.Equal((1, 1, "check_violation"), (receipt.Rows, Assert.Single(receipt.Rejected).Row, receipt.Rejected[0].Code));
    }

    [Fact]
    public async Task A_check_that_cannot_be_evaluated_refuses_the_row()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var table = await helios.TableAsync("t", new TableSchema([new Column("a", ColumnType.Int8)], checks: [new CheckConstraint("ratio", "100 / a > 1")]));
        var row = table.NewRow();
        row["a"] = 0L;
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await table.InsertAsync(row));
        Assert.Equal(("expression_failed", "ratio", "t"), (error.Code, error.Constraint, error.Table));
    }

    [Theory]
    [InlineData("fare >", null)]
    [InlineData("nothing = 1", null)]
    [InlineData("fare", null)]
    [InlineData("at < now()", null)]
    [InlineData(null, "fare")]
    [InlineData(null, "'text'")]
    [InlineData(null, "1 +")]
    public async Task A_table_with_an_expression_that_is_none_is_not_made(string? check, string? fallback)
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var before = helios.Visible;
        var schema = new TableSchema([new Column("fare", ColumnType.Float8), new Column("at", ColumnType.Timestamptz), new Column("n", ColumnType.Int8) { Default = fallback }],
            checks: check is null ? [] : [new CheckConstraint("c", check)]);
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await helios.TableAsync("t", schema));
        Assert.Equal((HeliosErrorKind.Invalid, "invalid_expression", "t"), (error.Kind, error.Code, error.Table));
        Assert.Equal(before, helios.Visible);
        await helios.TableAsync("t", Trips); // the name is free
    }

    // W42: a default is evaluated for each row, whatever it is made of, and is never silently NULL.
    [Fact]
    public async Task A_default_is_evaluated_for_each_row_that_says_nothing_of_its_column()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        await using var helios = await HeliosEngine.OpenInMemoryAsync(new HeliosOptions { TimeProvider = time });
        var trips = await helios.TableAsync("trips", Trips);
        await trips.InsertAsync(Row(trips, 1, 1));
        time.Advance(TimeSpan.FromHours(1));
        var explicitly = Row(trips, 2, 1, "mine");
        explicitly["tag"] = null;
        await trips.InsertAsync(explicitly);
        var (one, two) = ((await trips.FindAsync(1L))!, (await trips.FindAsync(2L))!);
        Assert.Equal(("none", "mine", null), (one["plate"], two["plate"], two["tag"]));
        Assert.Equal(TimeSpan.FromHours(1), (DateTimeOffset)two["at"]! - (DateTimeOffset)one["at"]!);
        Assert.NotNull(one["tag"]);
    }

    [Fact]
    public async Task Typed_rows_and_files_get_checks_and_defaults_as_well()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var trips = await helios.TableAsync<Trip>();
        await trips.InsertAsync(new Trip(1, 5));
        Assert.Equal("none", (await trips.FindAsync(1L))!.Plate);
        Assert.Equal("check_violation", (await trips.TryInsertAsync(new Trip(2, -5))).Error!.Code);
        using var file = new MemoryStream(Encoding.UTF8.GetBytes("{\"Id\":3,\"Fare\":1}\n{\"Id\":4,\"Fare\":-1}\n{\"Id\":5,\"Fare\":1,\"Plate\":null}\n"));
        var result = await helios.IngestAsync(file, "file.ndjson", "trips");
        Assert.Equal((2, 1), (result.Rows, result.Rejected));
        Assert.Equal(("none", null), ((await trips.FindAsync(3L))!.Plate, (await trips.FindAsync(5L))!.Plate));
    }

    [Fact]
    public async Task Checks_and_defaults_are_there_after_an_open()
    {
        await using var fixture = new EngineFixture();
        var helios = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options());
        await using (helios)
            await helios.TableAsync("trips", Trips);
        helios = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options());
        await using (helios)
        {
            var trips = await helios.TableAsync("trips", Trips);
            Assert.Equal("check_violation", (await trips.TryInsertAsync(Row(trips, 1, -1))).Error!.Code);
            await trips.InsertAsync(Row(trips, 1, 1));
            Assert.Equal("none", (await trips.FindAsync(1L))!["plate"]);
        }
    }

    [Fact]
    public async Task Set_default_gives_the_default_and_is_refused_where_nothing_has_that_key()
    {
        await using var helios = await HeliosEngine.OpenInMemoryAsync();
        var parents = await helios.TableAsync("parents", new TableSchema([new Column("id", ColumnType.Int8)], ["id"]));
        var children = await helios.TableAsync("children", new TableSchema(
            [new Column("id", ColumnType.Int8), new Column("parent", ColumnType.Int8) { Default = "1 - 1" }], ["id"],
            foreignKeys: [new ForeignKey("up", ["parent"], "parents") { OnDelete = ReferentialAction.SetDefault }]));
        await parents.InsertAsync([Pair(parents, 0, null), Pair(parents, 1, null)]);
        await children.InsertAsync(Pair(children, 1, 1));
        Assert.Equal(2, (await parents.DeleteAsync(1L)).Rows);
        Assert.Equal(0L, (await children.FindAsync(1L))!["parent"]);
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await parents.DeleteAsync(0L)); // the default is the row that goes
        Assert.Equal("foreign_key_violation", error.Code);
    }

    private static Row Row(Table table, long id, double? fare, string? plate = null)
    {
        var row = table.NewRow();
        (row["id"], row["fare"]) = (id, fare);
        if (plate is not null)
            row["plate"] = plate;
        return row;
    }

    private static Row Pair(Table table, long id, long? parent)
    {
        var row = table.NewRow();
        row["id"] = id;
        if (parent is not null)
            row["parent"] = parent;
        return row;
    }
}
