using System.Globalization;

namespace Helios.Pipeline.Storage;

/// <summary>Names a row of one table for its whole life; handed out ascending, never reused.</summary>
/// <param name="Value">1 to 2^48 - 1.</param>
public readonly record struct RowId(ulong Value) : IComparable<RowId>
{
    /// <inheritdoc/>
    public int CompareTo(RowId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
