using System.Globalization;

namespace Helios.Pipeline.Storage;

/// <summary>Names a table for ever: a renamed table keeps it, a dropped one never gives it back.</summary>
/// <param name="Value">1 and up; below 16 are tables of the engine itself.</param>
internal readonly record struct TableId(uint Value)
{
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
