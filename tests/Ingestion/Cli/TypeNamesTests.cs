using Helios.Pipeline.Cli;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Cli;

public sealed class TypeNamesTests
{
    public static TheoryData<ColumnType> Types => [.. Enum.GetValues<ColumnType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_type_is_read_back_from_its_name(ColumnType type)
    {
        var column = type == ColumnType.Array ? new Column("c", type) { ElementType = ColumnType.Text } : new Column("c", type);
        Assert.True(TypeNames.TryParse("c", TypeNames.Of(column).ToUpperInvariant(), out var parsed, out _));
        Assert.Equal(column, parsed);
    }

    [Theory]
    [InlineData("int", ColumnType.Int4, 0)]
    [InlineData("INTEGER", ColumnType.Int4, 0)]
    [InlineData("bigint", ColumnType.Int8, 0)]
    [InlineData("smallint", ColumnType.Int2, 0)]
    [InlineData("real", ColumnType.Float4, 0)]
    [InlineData("double", ColumnType.Float8, 0)]
    [InlineData("double precision", ColumnType.Float8, 0)]
    [InlineData("decimal", ColumnType.Numeric, 0)]
    [InlineData("varchar(20)", ColumnType.Varchar, 20)]
    [InlineData("character varying ( 20)", ColumnType.Varchar, 0, false)]
    [InlineData("character varying (20)", ColumnType.Varchar, 20)]
    [InlineData("char(3)", ColumnType.Char, 3)]
    [InlineData("timestamp with time zone", ColumnType.Timestamptz, 0)]
    [InlineData("bool", ColumnType.Boolean, 0)]
    [InlineData("bytes", ColumnType.Bytea, 0)]
    [InlineData("vector(384)", ColumnType.Vector, 384)]
    [InlineData("varchar(0)", ColumnType.Varchar, 0, false)]
    [InlineData("varchar(16777217)", ColumnType.Varchar, 0, false)]
    [InlineData("varchar(", ColumnType.Varchar, 0, false)]
    [InlineData("varchar()", ColumnType.Varchar, 0, false)]
    [InlineData("int8(4)", ColumnType.Int8, 0, false)]
    [InlineData("numeric(10)", ColumnType.Numeric, 0, false)]
    [InlineData("array", ColumnType.Array, 0, false)]
    [InlineData("", ColumnType.Text, 0, false)]
    [InlineData("[]", ColumnType.Array, 0, false)]
    [InlineData("text[][]", ColumnType.Array, 0, false)]
    [InlineData("varchar(3)[]", ColumnType.Array, 0, false)]
    public void Names_of_SQL_are_known_and_others_refused(string text, ColumnType type, int length, bool known = true)
    {
        Assert.Equal(known, TypeNames.TryParse("c", text, out var column, out var why));
        if (known)
            Assert.Equal(new Column("c", type) { Length = length }, column);
        else
            Assert.False(string.IsNullOrEmpty(why));
    }

    [Fact]
    public void An_array_names_what_it_holds()
    {
        Assert.True(TypeNames.TryParse("c", "bigint[]", out var column, out _));
        Assert.Equal(new Column("c", ColumnType.Array) { ElementType = ColumnType.Int8 }, column);
        Assert.Equal("int8[]", TypeNames.Of(column!));
    }
}
