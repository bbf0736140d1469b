using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Tables;

/// <summary>Constraints that attributes of a type declare.</summary>
public sealed class ConstraintAttributeTests
{
    [HeliosTable("cities")]
    public sealed record City([property: Key] int Id, [property: Column("title")] string Name);

    [Check("named", "length(Name) > 0")]
    [HeliosTable("streets")]
    public sealed record Street(
        [property: Key, AutoIncrement] long Id,
        [property: Default("'nobody'"), Unique("place"), Check("short", "length(Name) < 99")] string Name,
        [property: References(typeof(City), OnDelete = ReferentialAction.Cascade), Unique("place")] int City,
        [property: References("streets", "Id", Name = "next", OnUpdate = ReferentialAction.SetNull, IsDeferred = true)] long? Next);

    public sealed record Part(
        [property: References("whole", "a", Name = "both")] int First,
        [property: References("whole", "b", Name = "both")] int Second,
        [property: References(typeof(City), nameof(ConstraintAttributeTests.City.Name))] string Title);

    public sealed record Torn([property: References("whole", "a", Name = "both")] int First, [property: References("whole", "b", Name = "both", IsDeferred = true)] int Second);

    [Fact]
    public void Attributes_declare_defaults_numbering_checks_and_foreign_keys()
    {
        var schema = RowShape<Street>.Instance.Schema;
        Assert.True(schema.Columns[0].IsAutoIncrement);
        Assert.Equal("'nobody'", schema.Columns[1].Default);
        Assert.Equal(["named CHECK (length(Name) > 0)", "short CHECK (length(Name) < 99)"], schema.Checks.Select(c => c.ToString()));
        Assert.Equal(["references_City FOREIGN KEY (City) REFERENCES cities ON DELETE CASCADE", "next FOREIGN KEY (Next) REFERENCES streets (Id) ON UPDATE SET NULL DEFERRED"],
            schema.ForeignKeys.Select(k => k.ToString()));
        Assert.Equal(["Name", "City"], Assert.Single(schema.Unique).Columns);
    }

    [Fact]
    public void Properties_with_the_same_name_of_a_foreign_key_are_one_and_a_property_of_another_type_is_named_by_its_column()
    {
        Assert.Equal(["both FOREIGN KEY (First, Second) REFERENCES whole (a, b)", "references_Title FOREIGN KEY (Title) REFERENCES cities (title)"],
            RowShape<Part>.Instance.Schema.ForeignKeys.Select(k => k.ToString()));
    }

    [Fact]
    public void Parts_of_one_foreign_key_that_contradict_each_other_are_misuse()
    {
        var error = Assert.Throws<ArgumentException>(() => RowShape<Torn>.Instance);
        Assert.Contains("Torn.Second", error.Message, StringComparison.Ordinal);
    }
}
