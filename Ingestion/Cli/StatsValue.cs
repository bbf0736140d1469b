using System.Globalization;
using System.Text.Json;

namespace Helios.Pipeline.Cli;

/// <summary>Values of columns as the tool prints them in statistics.</summary>
internal static class StatsValue
{
    private const int MostCharacters = 40;

    /// <summary>On one line; of a text its first characters.</summary>
    public static string Text(object value, bool isClipped) => value is string text
        ? $"'{Printable.Cell(isClipped ? text + "…" : text, MostCharacters)}'"
        : Plain(value) + (isClipped ? "…" : "");

    /// <summary>Numbers that JSON has as numbers, the others as texts.</summary>
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
            case decimal exact:
                writer.WriteNumberValue(exact);
                break;
            default:
                writer.WriteStringValue(value as string ?? Plain(value));
                break;
        }
    }

    private static string Plain(object value) => value switch
    {
        bool known => known ? "true" : "false",
        byte[] bytes => "\\x" + Convert.ToHexStringLower(bytes),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        DateTime time => time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
