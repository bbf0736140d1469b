namespace Helios.Pipeline.Storage;

/// <summary>Dates and times in ISO 8601: yyyy-MM-dd, hh:mm[:ss[.fffffff]], both joined by T or a blank, and Z or ±hh[[:]mm]. Allocates nothing.</summary>
/// <remarks>Refused, because it would be lost: a fraction finer than 100 ns. Refused, because it has no place in the types: 24:00, second 60, years outside 1 to 9999.</remarks>
internal static class IsoText
{
    public static bool TryParseDate(ReadOnlySpan<byte> utf8, out int dayNumber)
    {
        var at = 0;
        return TryDate(utf8, ref at, out dayNumber) && at == utf8.Length;
    }

    public static bool TryParseTime(ReadOnlySpan<byte> utf8, out long ticks)
    {
        var at = 0;
        return TryTime(utf8, ref at, out ticks) && at == utf8.Length;
    }

    /// <summary>A date and a time, or a date alone: its midnight.</summary>
    public static bool TryParseTimestamp(ReadOnlySpan<byte> utf8, out long ticks)
    {
        var at = 0;
        return TryDateTime(utf8, ref at, out ticks) && at == utf8.Length;
    }

    /// <summary>A date, a time and a zone, without which it would be no moment.</summary>
    public static bool TryParseTimestamptz(ReadOnlySpan<byte> utf8, out long utcTicks)
    {
        var at = 0;
        if (!TryDateTime(utf8, ref at, out utcTicks) || at <= 10 || !TryZone(utf8, ref at, out var offset) || at != utf8.Length)
            return false;
        utcTicks -= offset;
        return (ulong)utcTicks <= RowFormat.MaxTimestampTicks;
    }

    private static bool TryDateTime(ReadOnlySpan<byte> utf8, ref int at, out long ticks)
    {
        ticks = 0;
        if (!TryDate(utf8, ref at, out var day))
            return false;
        ticks = day * TimeSpan.TicksPerDay;
        if (at == utf8.Length)
            return true;
        if (utf8[at] is not ((byte)'T' or (byte)'t' or (byte)' '))
            return false;
        at++;
        if (!TryTime(utf8, ref at, out var time))
            return false;
        ticks += time;
        return true;
    }

    private static bool TryDate(ReadOnlySpan<byte> utf8, ref int at, out int dayNumber)
    {
        dayNumber = 0;
        if (!TryDigits(utf8, ref at, 4, out var year) || !TryByte(utf8, ref at, '-') || !TryDigits(utf8, ref at, 2, out var month)
            || !TryByte(utf8, ref at, '-') || !TryDigits(utf8, ref at, 2, out var day))
            return false;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return false;
        dayNumber = new DateOnly(year, month, day).DayNumber;
        return true;
    }

    private static bool TryTime(ReadOnlySpan<byte> utf8, ref int at, out long ticks)
    {
        ticks = 0;
        var second = 0;
        if (!TryDigits(utf8, ref at, 2, out var hour) || hour > 23 || !TryByte(utf8, ref at, ':')
            || !TryDigits(utf8, ref at, 2, out var minute) || minute > 59)
            return false;
        long fraction = 0;
        if (at < utf8.Length && utf8[at] == ':')
        {
            at++;
            if (!TryDigits(utf8, ref at, 2, out second) || second > 59 || !TryFraction(utf8, ref at, out fraction))
                return false;
        }

        ticks = ((((hour * 60L) + minute) * 60) + second) * TimeSpan.TicksPerSecond + fraction;
        return true;
    }

    private static bool TryFraction(ReadOnlySpan<byte> utf8, ref int at, out long ticks)
    {
        ticks = 0;
        if (at == utf8.Length || utf8[at] != '.')
            return true;
        var first = ++at;
        var unit = TimeSpan.TicksPerSecond;
        for (; at < utf8.Length && (uint)(utf8[at] - '0') <= 9; at++)
        {
            unit /= 10;
            if (unit == 0 && utf8[at] != '0')
                return false; // finer than a tick
            ticks += unit * (utf8[at] - '0');
        }

        return at > first;
    }

    private static bool TryZone(ReadOnlySpan<byte> utf8, ref int at, out long offset)
    {
        offset = 0;
        if (at == utf8.Length)
            return false;
        var sign = utf8[at++];
        if (sign is (byte)'Z' or (byte)'z')
            return true;
        if (sign is not ((byte)'+' or (byte)'-') || !TryDigits(utf8, ref at, 2, out var hours) || hours > 23)
            return false;
        var minutes = 0;
        if (at < utf8.Length)
        {
            if (utf8[at] == ':')
                at++;
            if (!TryDigits(utf8, ref at, 2, out minutes) || minutes > 59)
                return false;
        }

        offset = ((hours * 60L) + minutes) * TimeSpan.TicksPerMinute * (sign == '-' ? -1 : 1);
        return true;
    }

    private static bool TryByte(ReadOnlySpan<byte> utf8, ref int at, char expected)
    {
        if (at >= utf8.Length || utf8[at] != expected)
            return false;
        at++;
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<byte> utf8, ref int at, int count, out int value)
    {
        value = 0;
        if (utf8.Length - at < count)
            return false;
        for (var end = at + count; at < end; at++)
        {
            var digit = (uint)(utf8[at] - '0');
            if (digit > 9)
                return false;
            value = (value * 10) + (int)digit;
        }

        return true;
    }
}
