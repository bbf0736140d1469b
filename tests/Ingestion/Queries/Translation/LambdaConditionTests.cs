using System.Collections.Immutable;
using System.Linq.Expressions;
using Helios.Pipeline.Storage;
using Xunit;

namespace Helios.Pipeline.Ingestion.Tests;

public class LambdaConditionTests
{
    private static readonly int s_limit = 7;
    private static int s_reads;

    private static int Counted => ++s_reads;

    private static string Translate<T>(Expression<Func<T, bool>> lambda)
    {
        var shape = RowShape<T>.Instance;
        var text = ExpressionBinder.Compile(LambdaCondition.Translate(lambda, shape), shape.Schema).ToString();
        Assert.Equal(text, ExpressionBinder.CompileCondition(text, shape.Schema).ToString());
        return text;
    }

    private static void Check(string expected, Expression<Func<Probe, bool>> lambda) => Assert.Equal(expected, Translate(lambda));

    private static void CheckRare(string expected, Expression<Func<Rarity, bool>> lambda) => Assert.Equal(expected, Translate(lambda));

    [Fact]
    public void Comparisons_of_columns_that_are_never_null_are_plain_ones()
    {
        Check("Number = 5", r => r.Number == 5);
        Check("Number <> 5", r => r.Number != 5);
        Check("Number < 5", r => r.Number < 5);
        Check("5 >= Number", r => 5 >= r.Number);
        Check("Number > Big", r => r.Number > r.Big);
        Check("Name = 'a''b'", r => r.Name == "a'b");
        Check("Flag", r => r.Flag);
        Check("NOT Flag", r => !r.Flag);
        Check("TRUE", r => true);
        Check("Level > 1.5E0", r => r.Level > 1.5);
        Check("Price >= 1.50", r => r.Price >= 1.50m);
        Check("Price = 2.0", r => r.Price == 2);
        Check("Number >= 2.5E0", r => r.Number >= 2.5);
        Check("Big < 2.5", r => r.Big < 2.5m);
        Check("Level = FLOAT 'NaN'", r => double.IsNaN(r.Level));
    }

    [Fact]
    public void Null_is_a_value_as_in_C_sharp()
    {
        Check("Note IS NULL", r => r.Note == null);
        Check("Note IS NOT NULL", r => null != r.Note);
        Check("Note IS NULL", r => (object?)r.Note == null);
        Check("Count IS NOT NULL", r => r.Count.HasValue);
        Check("NOT Count IS NOT NULL", r => !r.Count.HasValue);
        Check("Note = 'x'", r => r.Note == "x");
        Check("Note IS DISTINCT FROM 'x'", r => r.Note != "x");
        Check("Count IS NOT DISTINCT FROM Huge", r => r.Count == r.Huge);
        Check("Count IS DISTINCT FROM Number", r => r.Count != r.Number);
        Check("NOT coalesce(Count > 5, FALSE)", r => !(r.Count > 5));
        Check("Answer = TRUE", r => r.Answer == true);
        Check("Answer IS DISTINCT FROM TRUE", r => r.Answer != true);
        Check("coalesce(Answer, TRUE)", r => r.Answer ?? true);
        Check("Count > 5", r => r.Count!.Value > 5);
        Check("coalesce(Count, 0) = 3", r => r.Count.GetValueOrDefault() == 3);
        Check("coalesce(Count, 9) = 3", r => r.Count.GetValueOrDefault(9) == 3);
        Check("coalesce(Count, Number) = 3", r => (r.Count ?? r.Number) == 3);
        Check("coalesce(Note, '-') = Name", r => (r.Note ?? "-") == r.Name);
    }

    [Fact]
    public void Conditions_are_joined_as_in_C_sharp()
    {
        Check("Number = 1 AND Count > 2 AND Flag", r => r.Number == 1 && r.Count > 2 && r.Flag);
        Check("Number = 1 OR Count > 2 AND Flag", r => r.Number == 1 || (r.Count > 2 && r.Flag));
        Check("NOT coalesce(Number = 1 OR Count > 2, FALSE)", r => !(r.Number == 1 || r.Count > 2));
        Check("coalesce(Count > 2, FALSE) <> Flag", r => (r.Count > 2) ^ r.Flag);
        Check("coalesce(Count > 2, FALSE) = Flag", r => (r.Count > 2) == r.Flag);
        Check("Flag AND coalesce(Count > 2, FALSE)", r => r.Flag & (r.Count > 2));
        Check("(Answer OR Flag) = TRUE", r => (r.Answer | r.Flag) == true);
        Check("(NOT Answer) = TRUE", r => !r.Answer == true);
        Check("CASE WHEN Count > 2 THEN Number ELSE 3 END = 4", r => (r.Count > 2 ? r.Number : 3) == 4);
    }

    [Fact]
    public void What_C_sharp_does_not_compute_for_a_null_is_not_computed()
    {
        Check("coalesce(Count > 2, FALSE) AND 10 / Number = 1", r => r.Count > 2 && 10 / r.Number == 1);
        Check("10 / Number = 1 AND Count > 2", r => 10 / r.Number == 1 && r.Count > 2);
    }

    [Fact]
    public void Arithmetic_is_computed_in_the_type_of_C_sharp()
    {
        Check("Number + 1 > 2", r => r.Number + 1 > 2);
        Check("Number * Big - 1 = 5", r => (r.Number * r.Big) - 1 == 5);
        Check("Number / 2 = Number % 3", r => r.Number / 2 == r.Number % 3);
        Check("-Number = 5", r => -r.Number == 5);
        Check("-Count = 5", r => -r.Count == 5);
        Check("(Big + 0E0) / Number = 0.5E0", r => (double)r.Big / r.Number == 0.5);
        Check("Big + 0E0 = Huge", r => (double)r.Big == (double?)r.Huge);
        Check("Big / 2E0 > Level", r => r.Big / 2.0 > r.Level);
        Check("Price * Number > 10.0", r => r.Price * r.Number > 10);
        Check("(Big + 0.0) * Number > 10.0", r => (decimal)r.Big * r.Number > 10m);
        Check("abs(Number) = 5", r => Math.Abs(r.Number) == 5);
        Check("floor(Level) = 5E0", r => Math.Floor(r.Level) == 5);
        Check("ceil(Price) = 5.0", r => Math.Ceiling(r.Price) == 5);
        Check("Name || coalesce(Note, '') = 'ab'", r => r.Name + r.Note == "ab");
    }

    [Fact]
    public void Moments_are_compared_with_what_their_codec_would_write()
    {
        var noon = new DateTime(2026, 2, 3, 12, 0, 0);
        var zoned = DateTime.SpecifyKind(noon, DateTimeKind.Utc).AddTicks(1);
        Check("\"When\" >= TIMESTAMP '2026-02-03T12:00:00'", r => r.When >= noon);
        Check("Until + INTERVAL '1.00:00:00' < TIMESTAMP '2026-02-03T12:00:00'", r => r.Until + TimeSpan.FromDays(1) < noon);
        Check("Until - \"When\" > INTERVAL '00:00:01'", r => r.Until - r.When > TimeSpan.FromSeconds(1));
        CheckRare("Zoned = TIMESTAMPTZ '2026-02-03T12:00:00.0000001Z'", r => r.Zoned == zoned);
        CheckRare("Moment < TIMESTAMPTZ '2026-02-03T10:00:00Z'", r => r.Moment < new DateTimeOffset(noon, TimeSpan.FromHours(2)));
        CheckRare("Day = DATE '2026-02-03'", r => r.Day == DateOnly.FromDateTime(noon));
        CheckRare("Time <= TIME '12:00:00'", r => r.Time <= TimeOnly.FromDateTime(noon));
        CheckRare("-Span = INTERVAL '-00:00:01'", r => -r.Span == TimeSpan.FromSeconds(-1));
    }

    [Fact]
    public void Values_of_every_kind_become_literals()
    {
        var id = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
        byte[] bytes = [0, 255];
        Check("Id = UUID '00112233-4455-6677-8899-aabbccddeeff'", r => r.Id == id);
        Check("Id < UUID '00112233-4455-6677-8899-aabbccddeeff'", r => r.Id < id);
        Check("Grade = 'High'", r => r.Grade == Grade.High);
        Check("Better IS DISTINCT FROM 'Low'", r => r.Better != Grade.Low);
        Check("Better IS NULL", r => r.Better == null);
        Check("Better = Grade", r => r.Better == r.Grade);
        Check("coalesce(Better, 'Low') = 'High'", r => (r.Better ?? Grade.Low) == Grade.High);
        Check("Grade = '99'", r => r.Grade == (Grade)99);
        CheckRare("Bytes = X'00FF'", r => r.Bytes.SequenceEqual(bytes));
        CheckRare("Single > 1.100000023841858E0", r => r.Single > 1.1f);
        CheckRare("Single > 1.1E0", r => r.Single > 1.1);
        CheckRare("Unsigned > 18446744073709551614", r => r.Unsigned > ulong.MaxValue - 1);
        CheckRare("Unsigned + 1.0 > 5.0", r => r.Unsigned + 1 > 5);
        CheckRare("Positive > 4294967295", r => r.Positive > uint.MaxValue - 0);
        CheckRare("Small + Positive = 3", r => r.Small + r.Positive == 3);
        CheckRare("\"renamed column\" = 'x'", r => r.Renamed == "x");
        CheckRare("Json IS NULL", r => r.Json == null);
        CheckRare("Stretched + 1.0 = Small", r => r.Stretched + 1 == r.Small);
        CheckRare("Numbers IS NULL", r => r.Numbers == null);
    }

    [Fact]
    public void Text_is_searched_by_its_characters()
    {
        Check("starts_with(Name, 'a%')", r => r.Name.StartsWith("a%"));
        Check("starts_with(Name, 'a')", r => r.Name.StartsWith('a'));
        Check("starts_with(Name, coalesce(Note, ''))", r => r.Name.StartsWith(r.Note ?? "", StringComparison.Ordinal));
        Check("ends_with(Note, 'a')", r => r.Note!.EndsWith("a", StringComparison.Ordinal));
        Check("NOT coalesce(ends_with(Note, 'a'), FALSE)", r => !r.Note!.EndsWith("a"));
        Check("Name LIKE '%ab%'", r => r.Name.Contains("ab"));
        Check(@"Name LIKE '%50\%\_\\%' ESCAPE '\'", r => r.Name.Contains(@"50%_\"));
        Check("Note IS NULL OR Note = ''", r => string.IsNullOrEmpty(r.Note));
        Check("NOT Name = ''", r => !string.IsNullOrEmpty(r.Name));
        Check("Name = 'x'", r => r.Name.Equals("x"));
        Check("Note IS NOT DISTINCT FROM Note", r => string.Equals(r.Note, r.Note));
        Check("Name = 'x'", r => string.Equals(r.Name, "x", StringComparison.Ordinal));
        Check("Name > 'm'", r => string.CompareOrdinal(r.Name, "m") > 0);
        Check("Note < 'm' OR Note IS NULL", r => string.Compare(r.Note, "m", StringComparison.Ordinal) < 0);
        Check("Note IS DISTINCT FROM 'm'", r => string.CompareOrdinal(r.Note, "m") != 0);
    }

    [Fact]
    public void Lists_become_IN()
    {
        int[] array = [1, 2];
        int?[] holes = [1, null];
        string?[] notes = ["a", null];
        Grade[] grades = [Grade.Low, Grade.High];
        var list = new List<int> { 3 };
        var longs = new HashSet<long> { 4 };
        IEnumerable<int> lazy = Enumerable.Range(5, 2);
        Check("Number IN (1, 2)", r => array.Contains(r.Number));
        Check("Number IN (1, 2)", r => Enumerable.Contains(array, r.Number));
        Check("Number IN (8, 9)", r => new[] { 8, 9 }.Contains(r.Number));
        Check("Number IN (3)", r => list.Contains(r.Number));
        Check("Number IN (4)", r => longs.Contains(r.Number));
        Check("Number IN (5, 6)", r => lazy.Contains(r.Number));
        Check("Number IN (7)", r => ImmutableArray.Create(7).Contains(r.Number));
        Check("Count IN (1) OR Count IS NULL", r => holes.Contains(r.Count));
        Check("Number IN (1)", r => holes.Contains(r.Number));
        Check("Note IN ('a') OR Note IS NULL", r => notes.Contains(r.Note));
        Check("Grade IN ('Low', 'High')", r => grades.Contains(r.Grade));
        Check("FALSE", r => Array.Empty<int>().Contains(r.Number));
        Check("NOT coalesce(Count IN (3), FALSE)", r => !list.Contains(r.Count!.Value));
    }

    [Fact]
    public void What_does_not_depend_on_the_row_is_computed_once()
    {
        var local = new { Inner = 4 };
        Probe? absent = null;
        string? none = null;
        Check("Number = 4", r => r.Number == local.Inner);
        Check("Number = 7", r => r.Number == s_limit);
        Check("Number = 11", r => r.Number == local.Inner + s_limit);
        Check("Note IS NULL", r => r.Note == none);
        s_reads = 0;
        Check("Number > 1", r => r.Number > Counted);
        Assert.Equal(1, s_reads);
        Check("TRUE", r => absent == null || r.Number == absent.Number);
        Check("FALSE", r => absent != null && r.Number == absent.Number);
        Check("Flag", r => absent == null && r.Flag);
        Check("Number = 1", r => (absent == null ? r.Number : absent.Number) == 1);
        Assert.Throws<NullReferenceException>(() => Translate<Probe>(r => r.Number == absent!.Number));
    }

    [Fact]
    public void A_property_of_an_interface_or_a_base_type_is_the_column_that_implements_it()
    {
        Assert.Equal("Number = 3", Numbered<Probe>(3));
        static string Numbered<T>(int number)
            where T : INumbered =>
            Translate<T>(r => r.Number == number);
    }

    [Fact]
    public void A_long_chain_of_conditions_is_one_level()
    {
        var row = Expression.Parameter(typeof(Probe), "r");
        Expression body = Expression.Constant(false);
        for (var i = 0; i < 500; i++)
            body = Expression.OrElse(body, Expression.Equal(Expression.Property(row, nameof(Probe.Number)), Expression.Constant(i)));
        Assert.Equal(500, Translate(Expression.Lambda<Func<Probe, bool>>(body, row)).Split(" OR ").Length);
    }

    [Fact]
    public void A_lambda_that_is_too_deep_fails_and_ends_nothing_else()
    {
        var row = Expression.Parameter(typeof(Probe), "r");
        Expression body = Expression.Property(row, nameof(Probe.Flag));
        for (var i = 0; i < 100; i++)
            body = Expression.Not(body);
        Assert.Equal("invalid_expression", Assert.Throws<HeliosException>(() => Translate(Expression.Lambda<Func<Probe, bool>>(body, row))).Code);
        for (var i = 0; i < 200_000; i++)
            body = Expression.Not(body);
        Assert.Throws<InsufficientExecutionStackException>(() => Translate(Expression.Lambda<Func<Probe, bool>>(body, row)));
    }
}
