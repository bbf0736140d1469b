using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Load;

/// <summary>Numbers and tables as Markdown.</summary>
internal static class Cells
{
    public const string Missing = "–";

    /// <summary>Three digits that matter, thousands apart.</summary>
    public static string Number(double value)
    {
        var size = Math.Abs(value);
        var format = size >= 100 ? "#,##0" : size >= 10 ? "0.0" : "0.00";
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    public static string Median(Spread? spread) => spread is { } known ? Number(known.Median) : Missing;

    public static string Range(Spread? spread) => spread is { } known ? $"{Number(known.Median)} ({Number(known.Least)}..{Number(known.Most)})" : Missing;

    public static void Table(StringBuilder into, IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows)
    {
        Line(into, head);
        Line(into, [.. head.Select((_, column) => column == 0 ? "---" : "---:")]);
        foreach (var row in rows)
            Line(into, row);
        into.AppendLine();
    }

    private static void Line(StringBuilder into, IReadOnlyList<string> cells) => into.Append("| ").AppendJoin(" | ", cells).AppendLine(" |");
}
