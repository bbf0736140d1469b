using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class RowShapeTests
{
    public sealed record Positional([property: Key] long Id, string Name, string? Note, int? Size, decimal Price);

    public class Base
    {
        [Key]
        public long Id { get; set; }
    }

    public sealed class Derived : Base
    {
        public required string Name { get; init; }

        [Column("memo", Length = 20)]
        public string? Note { get; set; }

        [Ignore]
        public object? Anything { get; set; }

        public static int Count { get; set; }
    }

    public readonly record struct Point([property: Key] int X, [property: Key] int Y, double Height);

    public readonly struct Plain(Guid id, TimeSpan span)
    {
        [Key]
        public Guid Id { get; } = id;

        public TimeSpan Span { get; } = span;
    }

    public sealed record Mixed([property: Key] long Id)
    {
        public string? Extra { get; init; }
    }

    public sealed class Composite
    {
        [Key(Order = 2)]
        public int Second { get; set; }

        [Key(Order = 1)]
        public string First { get; set; } = "";

        [Unique("pair")]
        public int? A { get; set; }

        [Unique("pair"), Unique]
        public int? B { get; set; }
    }

    public sealed record Stuck(long Id, long Twice = 0)
    {
        public long Sum => Id + Twice;
    }

    public sealed record Odd(long Id, Version Version);

    public sealed record WrongType(long Id)
    {
        [Column(Type = ColumnType.Int2)]
        public long Number { get; init; }
    }

    public sealed record NullKey([property: Key] long? Id);

    public sealed record WrongLength(long Id)
    {
        [Column(Length = 3)]
        public int Number { get; init; }
    }

    public sealed record Jagged(long Id, int[][] Numbers);

    public abstract class Abstract
    {
        public long Id { get; set; }
    }

    [Fact]
    public void Columns_follow_the_declaration_and_annotations_decide_NULL()
    {
        var schema = RowShape<Positional>.Instance.Schema;
        Assert.Equal(
            [
                new Column("Id", ColumnType.Int8) { IsNullable = false },
                new Column("Name", ColumnType.Text) { IsNullable = false },
                new Column("Note", ColumnType.Text),
                new Column("Size", ColumnType.Int4),
                new Column("Price", ColumnType.Numeric) { IsNullable = false },
            ],
            schema.Columns.ToArray());
        Assert.Equal([0], schema.PrimaryKey.ToArray());
    }

    [Fact]
    public void What_a_base_class_has_comes_first_and_ignored_properties_stay_out()
    {
        Assert.Equal(
            [new Column("Id", ColumnType.Int8) { IsNullable = false }, new Column("Name", ColumnType.Text) { IsNullable = false }, new Column("memo", ColumnType.Varchar) { Length = 20 }],
            RowShape<Derived>.Instance.Schema.Columns.ToArray());
    }

    [Fact]
    public void Keys_and_unique_constraints_of_several_columns_keep_their_order()
    {
        var schema = RowShape<Composite>.Instance.Schema;
        Assert.Equal([1, 0], schema.PrimaryKey.ToArray());
        Assert.Equal(["pair: A, B", "unique_B: B"], schema.Unique.Select(u => $"{u.Name}: {string.Join(", ", u.Columns)}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Records_classes_and_structs_come_back_as_they_were()
    {
        Check(new Positional(7, "seven", null, 3, 1.50m), (a, b) => a == b);
        Check(new Derived { Id = 7, Name = "seven", Note = "n" }, (a, b) => (a.Id, a.Name, a.Note) == (b.Id, b.Name, b.Note));
        Check(new Point(1, -2, 3.5), (a, b) => a == b);
        Check(new Plain(Guid.NewGuid(), TimeSpan.FromTicks(-1)), (a, b) => (a.Id, a.Span) == (b.Id, b.Span));
        Check(new Mixed(7) { Extra = "more" }, (a, b) => a == b);
    }

    [Fact]
    public void What_cannot_be_a_row_is_refused_with_type_and_property()
    {
        Refused<Stuck>("Stuck", "Sum", "[Ignore]");
        Refused<Odd>("Odd.Version", "System.Version");
        Refused<WrongType>("WrongType.Number", "Int8, Numeric, not Int2");
        Refused<NullKey>("NullKey.Id", "primary key");
        Refused<WrongLength>("WrongLength", "Number", "length");
        Refused<Jagged>("Jagged.Numbers", "Int32[][]");
        Refused<Abstract>("Abstract");
        Refused<string>("String");
        Refused<int>("Int32");
    }

    private static void Refused<T>(params string[] parts)
    {
        var error = Assert.Throws<ArgumentException>(() => RowShape<T>.Instance);
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    private static void Check<T>(T row, Func<T, T, bool> same)
    {
        var shape = RowShape<T>.Instance;
        using var bytes = new ByteBuffer();
        RowFault fault = default;
        Assert.True(shape.TryWrite(row, 1, bytes, ref fault));
        Assert.True(RowRules.TryValidate(shape.Schema, bytes.Written, new int[shape.Schema.Columns.Length], out fault), fault.ToString());
        Assert.True(same(row, shape.RentReader().Read(bytes.Written)));
    }
}
