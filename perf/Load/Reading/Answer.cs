namespace Helios.Pipeline.Load;

/// <summary>What a read found: how many rows, and a sum over what was asked of them, so that no candidate is fast by leaving something out.</summary>
/// <remarks>The order of rows counts only in <see cref="AddInOrder"/>.</remarks>
internal record struct Answer(long Rows, ulong Sum)
{
    /// <summary>Two columns of a row.</summary>
    public void Add(long timestamp, double value) => Take(Mix(timestamp, value));

    /// <summary>A whole row, in no order.</summary>
    public void Add(LoadRow row) => Take(Mix(row));

    /// <summary>A whole row, behind the one before.</summary>
    public void AddInOrder(LoadRow row) => Take(unchecked(Mix(row) * (ulong)((Rows * 2) + 1)));

    private void Take(ulong mixed)
    {
        Rows++;
        Sum = unchecked(Sum + mixed);
    }

    private static ulong Mix(long timestamp, double value) => unchecked(((ulong)timestamp * 0x9E37_79B9_7F4A_7C15) ^ BitConverter.DoubleToUInt64Bits(value));

    private static ulong Mix(LoadRow row)
    {
        var payload = row.Payload.Span;
        return unchecked(Mix(row.Ts, row.Value) + ((ulong)row.Id * 31) + ((ulong)row.Device[^1] << 32) + ((ulong)row.Device.Length << 40) + ((ulong)payload[^1] << 48) + ((ulong)payload.Length << 56));
    }
}
