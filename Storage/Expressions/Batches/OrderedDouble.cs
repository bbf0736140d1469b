namespace Helios.Pipeline.Storage;

/// <summary>Doubles as integers of the same order: then one kernel compares both.</summary>
internal static class OrderedDouble
{
    /// <summary>Two keys compare as <see cref="ExpressionValue.Compare"/> compares the doubles: every NaN is one and last, −0 is 0.</summary>
    public static long Key(double value)
    {
        if (double.IsNaN(value))
            return 0x7ff8_0000_0000_0000; // behind infinity, whatever its sign and payload were
        var bits = BitConverter.DoubleToInt64Bits(value + 0.0); // -0 + 0 is 0
        return bits ^ (long)((ulong)(bits >> 63) >> 1); // of two below zero the one with more bits is less
    }
}
