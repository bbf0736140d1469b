using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Cli;

/// <summary>Text that came from users, made safe for a terminal and for one line.</summary>
internal static class Printable
{
    /// <summary>Control characters become <c>\u</c> escapes: data must not move the cursor or end the line.</summary>
    public static string Line(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\u001F') && !text.AsSpan().ContainsAnyInRange('\u007F', '\u009F'))
            return text;
        var line = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (char.IsControl(c))
                line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                line.Append(c);
        }

        return line.ToString();
    }

    /// <summary>The same, at most <paramref name="length"/> characters long.</summary>
    public static string Cell(string text, int length)
    {
        var line = Line(text);
        if (line.Length <= length)
            return line;
        var end = length - 1;
        if (char.IsHighSurrogate(line[end - 1]))
            end--;
        return line[..end] + "…";
    }

    /// <summary>A count with separators: 1,234,567.</summary>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>Bytes in the unit that keeps them short: 4.2 MiB.</summary>
    public static string Bytes(long value) => value switch
    {
        < 1 << 10 => string.Create(CultureInfo.InvariantCulture, $"{value} B"),
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{value / 1024d:0.0} KiB"),
        < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{value / (1024d * 1024):0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value / (1024d * 1024 * 1024):0.0} GiB"),
    };

    /// <summary>Seconds as a person says them: 0.35 s, 2 min 5 s, 1 h 10 min.</summary>
    public static string Duration(TimeSpan time) => time.TotalSeconds switch
    {
        < 60 => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.##} s"),
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours} h {time.Minutes} min"),
    };
}
