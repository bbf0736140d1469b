using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>Dates, times, moments and durations as ISO 8601 has them; ticks of 100 ns.</summary>
internal static class TemporalText
{
    private const long MaxOffsetMinutes = 14 * 60;

    /// <summary><c>yyyy-MM-dd</c></summary>
    public static bool TryDate(ReadOnlySpan<byte> text, out DateOnly date)
    {
        date = default;
        if (text.Length != 10 || text[4] != '-' || text[7] != '-' ||
            !TryDigits(text[..4], out var year) || !TryDigits(text.Slice(5, 2), out var month) || !TryDigits(text.Slice(8, 2), out var day) ||
            year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        date = new DateOnly(year, month, day);
        return true;
    }

    /// <summary><c>HH:mm[:ss[.f…]]</c>, up to 7 digits of fraction.</summary>
    public static bool TryTime(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text.Length < 5 || text[2] != ':' || !TryDigits(text[..2], out var hour) || !TryDigits(text.Slice(3, 2), out var minute) || hour > 23 || minute > 59)
            return false;
        ticks = (hour * TimeSpan.TicksPerHour) + (minute * TimeSpan.TicksPerMinute);
        if (text.Length == 5)
            return true;
        if (text.Length < 8 || text[5] != ':' || !TryDigits(text.Slice(6, 2), out var second) || second > 59)
            return false;
        ticks += second * TimeSpan.TicksPerSecond;
        return text.Length == 8 || TryFraction(text[8..], ref ticks);
    }

    /// <summary>Date, <c>T</c> or a blank, time; no zone.</summary>
    public static bool TryTimestamp(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text.Length < 16 || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ') || !TryDate(text[..10], out var date) || !TryTime(text[11..], out var time))
            return false;
        ticks = (date.DayNumber * TimeSpan.TicksPerDay) + time;
        return true;
    }

    /// <summary>Date, time and <c>Z</c> or an offset (<c>+HH:mm</c>, <c>+HHmm</c>); UTC ticks.</summary>
    public static bool TryTimestamptz(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text is [.., (byte)'Z' or (byte)'z'])
            return TryTimestamp(text[..^1], out ticks);
        if (text.Length < 17)
            return false;
        var at = text[16..].LastIndexOfAny((byte)'+', (byte)'-');
        if (at < 0)
            return false;
        at += 16;
        var zone = text[(at + 1)..];
        var colon = zone.Length == 5 && zone[2] == ':' ? 1 : 0;
        if (zone.Length != 4 + colon || !TryDigits(zone[..2], out var hours) || !TryDigits(zone[(2 + colon)..], out var minutes) || minutes > 59)
            return false;
        var offset = (hours * 60) + minutes;
        if (offset > MaxOffsetMinutes || !TryTimestamp(text[..at], out var local))
            return false;
        ticks = local - ((text[at] == '-' ? -offset : offset) * TimeSpan.TicksPerMinute);
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks;
    }

    /// <summary><c>[-][d.]hh:mm:ss[.f…]</c></summary>
    public static bool TryInterval(ReadOnlySpan<byte> text, out long ticks)
    {
        Span<char> chars = stackalloc char[32];
        ticks = 0;
        if (text.Length > chars.Length || Ascii.ToUtf16(text, chars, out var length) != System.Buffers.OperationStatus.Done)
            return false;
        if (!text.Contains((byte)':') || !TimeSpan.TryParse(chars[..length], CultureInfo.InvariantCulture, out var span))
            return false;
        ticks = span.Ticks;
        return true;
    }

    private static bool TryFraction(ReadOnlySpan<byte> text, ref long ticks)
    {
        if (text.Length is < 2 or > 8 || text[0] != '.' || !TryDigits(text[1..], out var fraction))
            return false;
        for (var digits = text.Length - 1; digits < 7; digits++)
            fraction *= 10;
        ticks += fraction;
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var c in text)
        {
            if (c is < (byte)'0' or > (byte)'9')
                return false;
            value = (value * 10) + (c - '0');
        }

        return !text.IsEmpty;
    }
}
