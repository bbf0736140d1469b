using System.Globalization;
using System.Text.Json;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Cli;

/// <summary>Values of columns as the tool prints them in statistics.</summary>
internal static class StatsValue
{
    private const int MostCharacters = 40;

    /// <summary>On one line; texts and Bytea as a condition has them, and of a long one its beginning.</summary>
    public static string Text(ColumnType type, object value, bool isClipped) => value switch
    {
        byte[] bytes => $"X'{Cell(Convert.ToHexStringLower(bytes), isClipped)}'",
        string text when type != ColumnType.Numeric => $"'{Cell(text.Replace("'", "''", StringComparison.Ordinal), isClipped)}'",
        _ => Plain(value),
    };

    /// <summary>As a scan writes it (docs/types.md): integers, finite floats and Booleans as they are, everything else as a text.</summary>
    public static void Write(Utf8JsonWriter writer, object value)
    {
        switch (value)
        {
            case bool known:
                writer.WriteBooleanValue(known);
                break;
            case short or int or long:
                writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case float single when float.IsFinite(single):
                writer.WriteNumberValue(single);
                break;
            case double number when double.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            default:
                writer.WriteStringValue(value as string ?? Plain(value));
                break;
        }
    }

    private static string Cell(string text, bool isClipped) => Printable.Cell(isClipped ? text + "…" : text, MostCharacters);

    private static string Plain(object value) => value switch
    {
        bool known => known ? "true" : "false",
        byte[] bytes => Convert.ToBase64String(bytes),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        DateTime time => time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
