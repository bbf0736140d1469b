using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Tables;

/// <summary>Constraints as parts of a table's schema: what may be declared, and that it is kept.</summary>
public sealed class ConstraintSchemaTests : IDisposable
{
    private static readonly TableSchema s_cities = new(
        [new Column("id", ColumnType.Int4), new Column("name", ColumnType.Varchar) { Length = 20 }, new Column("country", ColumnType.Text)], ["id"], [new UniqueConstraint("names", "country", "name")]);

    private static readonly Column[] s_streets =
        [new("id", ColumnType.Int8), new("city", ColumnType.Int4), new("country", ColumnType.Text), new("cityName", ColumnType.Varchar) { Length = 10 }, new("next", ColumnType.Int8)];

    private readonly string _path = Directory.CreateTempSubdirectory("helios-schema-").FullName;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    public static TheoryData<string, ForeignKey> Fitting => new()
    {
        { "the primary key", new("f", ["city"], "cities") },
        { "the primary key by its columns", new("f", ["city"], "cities", ["id"]) },
        { "a unique constraint, of text of another length", new("f", ["country", "cityName"], "cities", ["country", "name"]) },
        { "the table itself", new("f", ["next"], "streets") },
    };

    [Theory]
    [MemberData(nameof(Fitting))]
    public async Task A_foreign_key_may_refer_to(string what, ForeignKey key)
    {
        await using var engine = await OpenAsync();
        await engine.TableAsync("cities", s_cities);
        var streets = await engine.TableAsync("streets", new TableSchema(s_streets, ["id"], foreignKeys: [key]));
        Assert.True(key.ToString() == streets.Schema.ForeignKeys[0].ToString(), what);
    }

    public static TheoryData<string, string, ForeignKey> Refused => new()
    {
        { "unknown_table", "there is no table towns", new("f", ["city"], "towns") },
        { "unknown_column", "table cities has no column nr", new("f", ["city"], "cities", ["nr"]) },
        { "invalid_schema", "neither the primary key nor a unique constraint", new("f", ["cityName"], "cities", ["name"]) },
        { "invalid_schema", "its columns in their order", new("f", ["cityName", "country"], "cities", ["name", "country"]) },
        { "invalid_schema", "column next is Int8, column id of table cities is Int4", new("f", ["next"], "cities") },
        { "invalid_schema", "it has 2 columns, the key of table cities 1", new("f", ["city", "next"], "cities") },
        { "invalid_schema", "belongs to the engine", new("f", ["city"], "helios.rejects") },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_foreign_key_without_a_key_to_refer_to_makes_no_table(string code, string why, ForeignKey key)
    {
        await using var engine = await OpenAsync();
        await engine.TableAsync("cities", s_cities);
        var schema = new TableSchema(s_streets, ["id"], foreignKeys: [key]);
        var refusal = await Assert.ThrowsAsync<HeliosException>(() => engine.TableAsync("streets", schema));
        Assert.Equal((code, "streets", "f"), (refusal.Code, refusal.Table, refusal.Constraint));
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);

        // The order of commits decides it too: a table may have come or not come since the caller looked.
        using var session = engine.OpenSession();
        session.CreateTable(CatalogCodec.Encode("streets", 1, schema));
        Assert.Equal(code, (await Assert.ThrowsAsync<HeliosException>(async () => await session.CommitAsync())).Code);
        Assert.Null(engine.FindTable("streets"));
    }

    [Fact]
    public async Task Two_tables_may_have_constraints_of_the_same_name_over_columns_of_the_same_name()
    {
        await using var engine = await OpenAsync();
        var schema = new TableSchema([new Column("id", ColumnType.Int4), new Column("email", ColumnType.Text)], ["id"], [new UniqueConstraint("email", "email")]);
        foreach (var name in new[] { "users", "customers" })
        {
            var table = await engine.TableAsync(name, schema);
            await table.InsertAsync(Row(table, 1, "a@b"));
            Assert.Equal("duplicate_key", (await Assert.ThrowsAsync<HeliosException>(async () => await table.InsertAsync(Row(table, 2, "a@b")))).Code);
            await table.InsertAsync(Row(table, 3, null));
            await table.InsertAsync(Row(table, 4, null)); // NULLs never collide, and both rows are found by their keys
            Assert.NotNull(await table.FindAsync(3));
            Assert.NotNull(await table.FindAsync(4));
        }
    }

    [Fact]
    public async Task What_was_declared_is_there_after_reopening_and_another_declaration_is_told_apart()
    {
        var schema = new TableSchema(s_streets, ["id"], checks: [new CheckConstraint("positive", "id > 0")], foreignKeys: [new ForeignKey("f", ["city"], "cities") { OnDelete = ReferentialAction.Cascade }]);
        await using (var engine = await OpenAsync())
        {
            await engine.TableAsync("cities", s_cities);
            await engine.TableAsync("streets", schema);
        }

        await using var reopened = await OpenAsync();
        var streets = await reopened.TableAsync("streets", schema);
        Assert.Equal(schema.Checks.AsEnumerable(), streets.Schema.Checks);
        Assert.Equal("f FOREIGN KEY (city) REFERENCES cities ON DELETE CASCADE", streets.Schema.ForeignKeys[0].ToString());
        await Differs("its column city is Int4, not Int4 DEFAULT 1", new TableSchema([s_streets[0], s_streets[1] with { Default = "1" }, .. s_streets[2..]], ["id"], checks: schema.Checks, foreignKeys: schema.ForeignKeys));
        await Differs("it has no constraint positive CHECK (id > 1)", new TableSchema(s_streets, ["id"], checks: [new CheckConstraint("positive", "id > 1")], foreignKeys: schema.ForeignKeys));
        await Differs("it has a constraint more: f FOREIGN KEY (city) REFERENCES cities ON DELETE CASCADE", new TableSchema(s_streets, ["id"], checks: schema.Checks));

        async Task Differs(string how, TableSchema other) =>
            Assert.Contains(how, (await Assert.ThrowsAsync<HeliosException>(() => reopened.TableAsync("streets", other))).Message, StringComparison.Ordinal);
    }

    private static Row Row(Table table, int id, string? email)
    {
        var row = table.NewRow();
        (row["id"], row["email"]) = (id, email);
        return row;
    }

    private Task<HeliosEngine> OpenAsync() => HeliosEngine.OpenAsync(Path.Combine(_path, "db"), new HeliosOptions { SafetyLevel = SafetyLevel.Async });
}
