using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>Expressions over one row, in one call; what they give as text.</summary>
internal static class Expressions
{
    /// <summary>2026-02-03T04:05:06Z.</summary>
    public static readonly DateTimeOffset Now = new(2026, 2, 3, 4, 5, 6, TimeSpan.Zero);

    public static readonly Guid Uuid = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

    public static readonly TableSchema Empty = new([new Column("nothing", ColumnType.Boolean)]);

    public static EvaluationContext Context => new(new FixedTime(), () => Uuid);

    /// <summary>The value as a literal; NULL; or the failure behind an exclamation mark.</summary>
    public static string Give(string text, TableSchema? schema = null, params object?[] values)
    {
        schema ??= Empty;
        var compiled = ExpressionBinder.Compile(text, schema);
        var row = Row(schema, values.Length == 0 ? new object?[schema.Columns.Length] : values);
        var offsets = Offsets(schema, row);
        return Show(compiled.Evaluate(row, offsets, Context));
    }

    public static byte[] Row(TableSchema schema, object?[] values)
    {
        using var buffer = new ByteBuffer();
        var writer = new RowWriter(buffer);
        writer.Begin(1, values.Length);
        for (var i = 0; i < values.Length; i++)
            Assert.True(ColumnClr.TryWrite(schema.Columns[i], values[i], ref writer, out var fault), $"{schema.Columns[i].Name}: {fault}");
        writer.End();
        return buffer.Written.ToArray();
    }

    public static int[] Offsets(TableSchema schema, byte[] row)
    {
        var offsets = new int[schema.Columns.Length];
        Assert.True(RowRules.TryValidate(schema, row, offsets, out var fault), fault.Describe(schema));
        return offsets;
    }

    public static HeliosException Refused(string text, TableSchema? schema = null)
    {
        var refused = Assert.Throws<HeliosException>(() => ExpressionBinder.Compile(text, schema ?? Empty));
        Assert.Equal((HeliosErrorKind.Invalid, "invalid_expression"), (refused.Kind, refused.Code));
        return refused;
    }

    public static string Show(ExpressionValue value)
    {
        if (value.IsFailure)
            return "!" + value.Fault.Detail;
        return value.Type switch
        {
            ExpressionType.Null => "NULL",
            ExpressionType.Boolean => value.Boolean ? "TRUE" : "FALSE",
            ExpressionType.Integer => value.Int64.ToString(CultureInfo.InvariantCulture),
            ExpressionType.Numeric => "n" + value.Numeric,
            ExpressionType.Float => "f" + value.Double.ToString("R", CultureInfo.InvariantCulture),
            ExpressionType.Text or ExpressionType.Char or ExpressionType.Json => $"'{Encoding.UTF8.GetString(value.Bytes)}'",
            ExpressionType.Date => DateOnly.FromDayNumber((int)value.Int64).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            ExpressionType.Time or ExpressionType.Interval => new TimeSpan(value.Int64).ToString("c", CultureInfo.InvariantCulture),
            ExpressionType.Timestamp => new DateTime(value.Int64).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
            ExpressionType.Timestamptz => new DateTime(value.Int64).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFZ", CultureInfo.InvariantCulture),
            ExpressionType.Uuid => new Guid(value.Bytes, bigEndian: true).ToString(),
            _ => $"X'{Convert.ToHexString(value.Bytes)}'",
        };
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
