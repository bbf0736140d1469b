namespace Helios.Pipeline.Storage;

/// <summary>Writes what <see cref="IsoText"/> reads: yyyy-MM-dd, hh:mm:ss[.fffffff] without zeros at the end, joined by T. Each returns the length.</summary>
internal static class IsoFormat
{
    /// <summary>Characters of the longest text here.</summary>
    public const int MaxBytes = 28;

    public static int Date(DateOnly value, Span<byte> utf8)
    {
        Digits(value.Year, utf8[..4]);
        utf8[4] = (byte)'-';
        Digits(value.Month, utf8[5..7]);
        utf8[7] = (byte)'-';
        Digits(value.Day, utf8[8..10]);
        return 10;
    }

    /// <param name="ticks">0 to <see cref="RowFormat.MaxTimeTicks"/>.</param>
    /// <param name="utf8">Takes the text.</param>
    public static int Time(long ticks, Span<byte> utf8)
    {
        var (seconds, fraction) = Math.DivRem(ticks, TimeSpan.TicksPerSecond);
        Digits((int)(seconds / 3600), utf8[..2]);
        utf8[2] = (byte)':';
        Digits((int)(seconds / 60 % 60), utf8[3..5]);
        utf8[5] = (byte)':';
        Digits((int)(seconds % 60), utf8[6..8]);
        if (fraction == 0)
            return 8;
        utf8[8] = (byte)'.';
        Digits((int)fraction, utf8[9..16]);
        return utf8[..16].TrimEnd((byte)'0').Length;
    }

    /// <param name="ticks">0 to <see cref="RowFormat.MaxTimestampTicks"/>.</param>
    /// <param name="isUtc">Ends with Z.</param>
    /// <param name="utf8">Takes the text.</param>
    public static int Timestamp(long ticks, bool isUtc, Span<byte> utf8)
    {
        var (day, time) = Math.DivRem(ticks, TimeSpan.TicksPerDay);
        var length = Date(DateOnly.FromDayNumber((int)day), utf8);
        utf8[length++] = (byte)'T';
        length += Time(time, utf8[length..]);
        if (isUtc)
            utf8[length++] = (byte)'Z';
        return length;
    }

    private static void Digits(int value, Span<byte> utf8)
    {
        for (var i = utf8.Length - 1; i >= 0; i--)
        {
            utf8[i] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }
}
