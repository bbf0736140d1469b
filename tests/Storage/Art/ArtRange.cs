using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Storage.Tests;

/// <summary>Keys from one on to another one, that excluded (null: to the end), or all with a prefix.</summary>
internal sealed record ArtRange(byte[] From, byte[]? To)
{
    private byte[]? Prefix { get; init; }

    public static ArtRange Of(byte[] prefix) => new(prefix, null) { Prefix = prefix };

    public bool Contains(byte[] key) => Prefix is not null
        ? key.AsSpan().StartsWith(Prefix)
        : key.AsSpan().SequenceCompareTo(From) >= 0 && (To is null || key.AsSpan().SequenceCompareTo(To) < 0);

    public void Seek(ArtDescendingCursor cursor)
    {
        if (Prefix is not null)
            cursor.SeekPrefix(Prefix);
        else if (To is not null)
            cursor.SeekRange(From, To);
        else
            cursor.Seek(From);
    }

    public override string ToString() => Prefix is not null
        ? $"prefix {Convert.ToHexString(Prefix)}"
        : $"from {Convert.ToHexString(From)} to {(To is null ? "the end" : Convert.ToHexString(To))}";
}
