using System.Linq.Expressions;

namespace Helios.Pipeline.Ingestion.Tests;

public class RowProjectionTests
{
    private static readonly Probe s_row = Row(1);

    private static Probe Row(int number) => new(number, null, 2, 3, 4.5, null, 6.7m, null, "name" + number, null, new DateTime(2026, 2, 3), null, Guid.Empty, null, true, null, Grade.High, null);

    private static string Describe(Probe row) => $"{row.Number} {row.Name}";

    private static void Check<TResult>(Expression<Func<Probe, TResult>> lambda, params string[] columns)
    {
        var shape = RowShape<Probe>.Instance;
        var projection = new RowProjection<Probe, TResult>(lambda, shape);
        Assert.Equal(columns, projection.Ordinals.Select(o => shape.Schema.Columns[o].Name));
        Assert.False(projection.NeedsRow);
        Assert.Equal(lambda.Compile()(s_row), Read(projection, EncodedRows.Encode(s_row)));
    }

    private static TResult Read<TResult>(RowProjection<Probe, TResult> projection, byte[] row)
    {
        var reader = projection.Rent();
        var result = reader.Read(row);
        Assert.Equal(result, reader.Read(row, EncodedRows.Offsets<Probe>(row)));
        projection.Return(reader);
        return result;
    }

    [Fact]
    public void Only_the_columns_that_a_lambda_names_are_decoded()
    {
        Check(r => r.Number, "Number");
        Check(r => r.Number + r.Number, "Number");
        Check(r => new { r.Price, r.Number }, "Number", "Price");
        Check(r => r.Note ?? r.Name, "Name", "Note");
        Check(r => string.Join('-', r.Name.Reverse()) + (r.Count ?? 5), "Count", "Name");
        Check(r => ((INumbered)r).Number, "Number");
        Check(r => r.Better == null ? r.Grade : Grade.Low, "Grade", "Better");
        Check(r => "constant");
    }

    [Fact]
    public void A_column_that_is_not_needed_is_not_looked_at()
    {
        // Damage is how a test sees that a value was never looked at.
        var row = EncodedRows.Encode(s_row);
        var offsets = EncodedRows.Offsets<Probe>(row);
        row[offsets[14]] = 3; // Flag
        var damaged = Assert.Throws<Storage.HeliosException>(() => Read(new RowProjection<Probe, bool>(r => r.Flag, RowShape<Probe>.Instance), row));
        Assert.Equal(Storage.HeliosErrorKind.Corrupt, damaged.Kind);
        Assert.Equal("name1", Read(new RowProjection<Probe, string>(r => r.Name, RowShape<Probe>.Instance), row));
        Assert.Equal(Grade.High, Read(new RowProjection<Probe, Grade>(r => r.Grade, RowShape<Probe>.Instance), row));
    }

    [Fact]
    public void A_lambda_that_uses_the_row_itself_gets_one()
    {
        CheckRow(r => r, s_row);
        CheckRow(r => Describe(r), "1 name1");
        CheckRow(r => r.Ignored + r.Number, 2);
        CheckRow(r => new { Row = r, r.Number }, new { Row = s_row, Number = 1 });
        CheckRow(r => r.ToString(), s_row.ToString());

        static void CheckRow<TResult>(Expression<Func<Probe, TResult>> lambda, TResult expected)
        {
            var projection = new RowProjection<Probe, TResult>(lambda, RowShape<Probe>.Instance);
            Assert.True(projection.NeedsRow);
            Assert.Equal(Enumerable.Range(0, 18), projection.Ordinals);
            Assert.Equal(expected, Read(projection, EncodedRows.Encode(s_row)));
        }
    }

    [Fact]
    public void A_function_that_a_lambda_gives_away_keeps_the_values_of_its_row()
    {
        int[] numbers = [1, 2, 3];
        var projection = new RowProjection<Probe, IEnumerable<int>>(r => numbers.Where(n => n == r.Number), RowShape<Probe>.Instance);
        var reader = projection.Rent();
        var first = reader.Read(EncodedRows.Encode(Row(1)));
        var second = reader.Read(EncodedRows.Encode(Row(2)));
        Assert.Equal([1], first);
        Assert.Equal([2], second);
    }

    [Fact]
    public void Two_scans_at_a_time_have_readers_of_their_own()
    {
        var projection = new RowProjection<Probe, int>(r => r.Number, RowShape<Probe>.Instance);
        var (one, other) = (projection.Rent(), projection.Rent());
        Assert.NotSame(one, other);
        projection.Return(one);
        Assert.Same(one, projection.Rent());
    }

    [Fact]
    public void A_key_names_columns_and_nothing_else()
    {
        var shape = RowShape<Probe>.Instance;
        Assert.Equal(6, LambdaKey.Ordinal(r => r.Price, shape));
        Assert.Equal(6, LambdaKey.Ordinal(r => (object)r.Price, shape));
        Assert.Equal(6, LambdaKey.Ordinal(r => (decimal?)r.Price, shape));
        Assert.Equal([8, 0], LambdaKey.Ordinals(r => new { r.Name, r.Number }, shape).ToArray());
        Assert.Equal([8], LambdaKey.Ordinals(r => r.Name, shape).ToArray());
        Assert.Contains("'(r.Number + 1)' is no column", Assert.Throws<ArgumentException>(() => LambdaKey.Ordinal(r => r.Number + 1, shape)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => LambdaKey.Ordinal(r => new { r.Name, r.Number }, shape));
        Assert.Throws<ArgumentException>(() => LambdaKey.Ordinals(r => new { r.Name, Sum = r.Number + 1 }, shape));
        Assert.Throws<ArgumentException>(() => LambdaKey.Ordinals(r => new List<int>(r.Number), shape));
        Assert.Throws<ArgumentException>(() => LambdaKey.Ordinal(r => r.Ignored, shape));
        Assert.Throws<ArgumentException>(() => LambdaKey.Ordinal(r => (int)r.Big, shape));
        Assert.Throws<ArgumentException>(() => LambdaKey.Ordinal(r => r, shape));
    }
}
