using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Load;

/// <summary>A small row with an ascending key of 8 bytes and a unique text of 16.</summary>
[HeliosTable("rows")]
internal sealed record OpenRow([property: Key] long Id, [property: Unique] string Name, int Value)
{
    /// <summary>The texts come in no order: a multiplication by an odd number loses none.</summary>
    public static OpenRow Of(long id) => new(id, ((ulong)id * 0x9E37_79B9_7F4A_7C15).ToString("x16", System.Globalization.CultureInfo.InvariantCulture), (int)id);
}
