namespace Helios.Pipeline.Ingestion;

/// <summary>Recognises the dates and times of ISO 8601 that become types of their own, and checks their ranges.</summary>
/// <remarks>
/// <code>
/// Date         yyyy-MM-dd                       0001-01-01 to 9999-12-31
/// Time         HH:mm[:ss[.f{1,7}]]              00:00 to 23:59:59.9999999
/// Timestamp    Date, T or a blank, Time
/// Timestamptz  Timestamp, Z or ±HH:mm or ±HHmm  offset up to 14:00; the moment in UTC is in range too
/// </code>
/// More than seven fraction digits, leap seconds, 24:00 and week dates are text.
/// </remarks>
internal static class Iso8601
{
    /// <summary>The shape of the whole value, or <see cref="ValueShape.None"/> where it is none of these.</summary>
    public static ValueShape Classify(ReadOnlySpan<byte> value)
    {
        if (TryTime(value, out _, out var timeLength) && timeLength == value.Length)
            return ValueShape.Time;
        if (!TryDate(value, out var days))
            return ValueShape.None;
        if (value.Length == 10)
            return ValueShape.Date;
        if (value[10] is not ((byte)'T' or (byte)' ') || !TryTime(value[11..], out var ticks, out timeLength))
            return ValueShape.None;

        var zone = value[(11 + timeLength)..];
        if (zone.IsEmpty)
            return ValueShape.Timestamp;
        return TryZone(zone, out var offset) && IsInRange((days * TimeSpan.TicksPerDay) + ticks - offset) ? ValueShape.Timestamptz : ValueShape.None;
    }

    private static bool IsInRange(long ticks) => ticks >= 0 && ticks <= DateTime.MaxValue.Ticks;

    private static bool TryDate(ReadOnlySpan<byte> value, out long days)
    {
        days = 0;
        if (value.Length < 10 || value[4] != '-' || value[7] != '-'
            || !TryNumber(value[..4], out var year) || !TryNumber(value[5..7], out var month) || !TryNumber(value[8..10], out var day)
            || year == 0 || month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }

        days = new DateOnly(year, month, day).DayNumber;
        return true;
    }

    private static bool TryTime(ReadOnlySpan<byte> value, out long ticks, out int length)
    {
        (ticks, length) = (0, 0);
        if (value.Length < 5 || value[2] != ':' || !TryNumber(value[..2], out var hour) || !TryNumber(value[3..5], out var minute) || hour > 23 || minute > 59)
            return false;

        ticks = (hour * TimeSpan.TicksPerHour) + (minute * TimeSpan.TicksPerMinute);
        length = 5;
        if (value.Length == 5 || value[5] != ':')
            return true;
        if (value.Length < 8 || !TryNumber(value[6..8], out var second) || second > 59)
            return false;

        ticks += second * TimeSpan.TicksPerSecond;
        length = 8;
        if (value.Length == 8 || value[8] != '.')
            return true;

        var digits = value[9..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        digits = digits < 0 ? value.Length - 9 : digits;
        if (digits is 0 or > 7 || !TryNumber(value.Slice(9, digits), out var fraction))
            return false;
        for (var i = digits; i < 7; i++)
            fraction *= 10;
        ticks += fraction;
        length = 9 + digits;
        return true;
    }

    private static bool TryZone(ReadOnlySpan<byte> zone, out long ticks)
    {
        ticks = 0;
        if (zone is [(byte)'Z'])
            return true;
        var digits = zone.Length == 6 && zone[3] == ':' ? zone[4..] : zone.Length == 5 ? zone[3..] : default;
        if (digits.IsEmpty || zone[0] is not ((byte)'+' or (byte)'-') || !TryNumber(zone[1..3], out var hour) || !TryNumber(digits, out var minute) || minute > 59)
            return false;

        ticks = (hour * TimeSpan.TicksPerHour) + (minute * TimeSpan.TicksPerMinute);
        if (ticks > 14 * TimeSpan.TicksPerHour)
            return false;
        ticks = zone[0] == '-' ? -ticks : ticks;
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;
            number = (number * 10) + digit - '0';
        }

        return true;
    }
}
