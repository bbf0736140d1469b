using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Storage.Tests.Catalog;

public sealed class TableDefinitionTests
{
    private static readonly Column[] s_columns =
    [
        new("id", ColumnType.Int8) { IsAutoIncrement = true },
        new("name", ColumnType.Text) { Default = "'nobody'" },
        new("parent", ColumnType.Int8),
    ];

    private static readonly ForeignKey s_reference = new("up", ["parent"], "t") { OnDelete = ReferentialAction.SetNull, OnUpdate = ReferentialAction.Cascade, IsDeferred = true };

    [Fact]
    public void A_table_that_has_nothing_new_is_stored_in_the_form_that_older_versions_read()
    {
        var schema = new TableSchema([new Column("id", ColumnType.Int8)], ["id"]);
        Assert.Equal([0x96, 0x01], CatalogCodec.Encode("t", 1, schema)[..2]);
        Assert.Equal([0x9a, 0x02], CatalogCodec.Encode("t", 1, new TableSchema(s_columns))[..2]);
    }

    [Fact]
    public void Every_part_of_a_definition_comes_back_from_its_stored_form()
    {
        var schema = new TableSchema(s_columns, ["id"], [new UniqueConstraint("names", "name")], [new CheckConstraint("long", "length(name) > 3")], [s_reference]);
        var read = CatalogCodec.Decode(new TableId(20), 20, CatalogCodec.Encode("t", 7, schema));
        Assert.Equal(schema.Columns.AsEnumerable(), read.Schema.Columns);
        Assert.Equal(schema.Checks.AsEnumerable(), read.Schema.Checks);
        Assert.Equal("up FOREIGN KEY (parent) REFERENCES t ON DELETE SET NULL ON UPDATE CASCADE DEFERRED", Assert.Single(read.Schema.ForeignKeys).ToString());
        Assert.Equal([IndexKind.Primary, IndexKind.Unique, IndexKind.ForeignKey], read.Indexes.Select(i => i.Kind));
        Assert.Equal([20u << 8, (20u << 8) + 2, (20u << 8) + 3], read.Indexes.Select(i => i.Id));
        Assert.Equal(2, read.UniqueCount);
    }

    [Fact]
    public void An_index_keeps_its_number_when_one_before_it_is_dropped()
    {
        var schema = new TableSchema(s_columns, ["id"], [new UniqueConstraint("parents", "parent")], foreignKeys: [s_reference]);
        var dropped = new TableDefinition(new TableId(20), 20, "t", 2, schema, new IndexNumbers([0, 3, 4], 5)); // number 2 was that of a constraint that went
        var read = CatalogCodec.Decode(dropped.Id, 20, CatalogCodec.Encode(dropped));
        Assert.Equal([20u << 8, (20u << 8) + 3, (20u << 8) + 4], read.Indexes.Select(i => i.Id));
        Assert.Equal(5, read.Numbers.Next);
    }

    [Theory]
    [InlineData(0, 0, 5)] // one number for two indexes
    [InlineData(2, 5, 5)] // a number that was not given yet
    [InlineData(2, 3, 257)]
    public void Index_numbers_that_cannot_be_are_damage(byte second, byte third, int next)
    {
        var schema = new TableSchema(s_columns, ["id"], [new UniqueConstraint("parents", "parent")], foreignKeys: [s_reference]);
        var bytes = CatalogCodec.Encode(new TableDefinition(new TableId(20), 20, "t", 2, schema, new IndexNumbers([0, second, third], next)));
        Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => CatalogCodec.Decode(new TableId(20), 20, bytes)).Code);
    }

    [Fact]
    public void An_action_that_only_a_newer_version_knows_is_refused_as_such()
    {
        var bytes = CatalogCodec.Encode("t", 1, new TableSchema(s_columns, ["id"], foreignKeys: [s_reference]));
        // From the end: next number, two numbers and their header, flags, on update.
        Assert.Equal((byte)ReferentialAction.Cascade, bytes[^6]);
        bytes[^6] = 9;
        Assert.Equal("format_too_new", Assert.Throws<HeliosException>(() => CatalogCodec.Decode(new TableId(20), 20, bytes)).Code);
        bytes[^6] = (byte)ReferentialAction.Cascade;
        bytes[^5] = 4;
        Assert.Equal("format_too_new", Assert.Throws<HeliosException>(() => CatalogCodec.Decode(new TableId(20), 20, bytes)).Code);
    }

    public static TheoryData<string, Func<TableSchema>> Misuse => new()
    {
        { "auto-increment is for Int2, Int4 and Int8", () => new([new Column("a", ColumnType.Text) { IsAutoIncrement = true }]) },
        { "choose one", () => new([new Column("a", ColumnType.Int4) { IsAutoIncrement = true, Default = "1" }]) },
        { "at most one auto-increment", () => new([s_columns[0], s_columns[0] with { Name = "b" }]) },
        { "the default of column a has 1 to 16384 bytes", () => new([new Column("a", ColumnType.Text) { Default = new string('x', 16 * 1024 + 1) }]) },
        { "check constraint c has 1 to 16384 bytes", () => new(s_columns, checks: [new CheckConstraint("c", " ")]) },
        { "at most 255 check constraints", () => new(s_columns, checks: Enumerable.Range(0, 256).Select(i => new CheckConstraint($"{i}", "true"))) },
        { "at most 255 unique constraints and foreign keys", () => new(s_columns, ["id"], foreignKeys: Enumerable.Range(0, 255).Select(i => s_reference with { Name = $"{i}" })) },
        { "Two constraints have the same name up", () => new(s_columns, ["id"], [new UniqueConstraint("up", "name")], foreignKeys: [s_reference]) },
        { "names no column", () => new(s_columns, foreignKeys: [s_reference with { Columns = [] }]) },
        { "no column x", () => new(s_columns, foreignKeys: [s_reference with { Columns = ["x"] }]) },
        { "has 1 columns and refers to 2", () => new(s_columns, foreignKeys: [s_reference with { ReferencedColumns = ["a", "b"] }]) },
        { "to NULL, which the column does not allow", () => new([new Column("parent", ColumnType.Int8) { IsNullable = false }], foreignKeys: [s_reference]) },
        { "it has none and does not allow NULL", () => new([new Column("parent", ColumnType.Int8) { IsNullable = false }], foreignKeys: [s_reference with { OnDelete = ReferentialAction.SetDefault, OnUpdate = ReferentialAction.NoAction }]) },
    };

    [Theory]
    [MemberData(nameof(Misuse))]
    public void A_schema_that_contradicts_itself_is_misuse(string why, Func<TableSchema> make) =>
        Assert.Contains(why, Assert.Throws<ArgumentException>(make).Message, StringComparison.Ordinal);
}
