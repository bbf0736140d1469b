using System.IO.Hashing;

namespace Helios.Pipeline.Ingestion;

/// <summary>What a source is known by: a hash of its first bytes.</summary>
/// <param name="Fingerprint">XxHash128 of the first <paramref name="FingerprintBytes"/> bytes.</param>
/// <param name="FingerprintBytes">
/// 0 to 65,536; less than 65,536 where the input was smaller when it was first seen, or where another source of the table begins
/// alike. It is kept with the hash, because a small file that has grown must still be recognised by the bytes it had.
/// </param>
/// <remarks>A hint, no proof: the CRC of a <see cref="SourcePosition"/> decides whether the bytes are the same.</remarks>
internal readonly record struct SourceIdentity(UInt128 Fingerprint, int FingerprintBytes)
{
    /// <summary>Bytes of the input that the fingerprint covers at most.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>The identity of an input that begins with <paramref name="head"/>; only the first 64 KiB count.</summary>
    public static SourceIdentity Of(ReadOnlySpan<byte> head)
    {
        var bytes = head[..Math.Min(head.Length, MaxBytes)];
        return new SourceIdentity(XxHash128.HashToUInt128(bytes), bytes.Length);
    }

    /// <summary>Does an input that begins with <paramref name="head"/> begin with the bytes of this identity?</summary>
    /// <remarks>The identity of an empty input matches empty inputs only, else it would match everything.</remarks>
    public bool Matches(ReadOnlySpan<byte> head)
    {
        if (FingerprintBytes is < 0 or > MaxBytes || FingerprintBytes > head.Length)
            return false;
        if (FingerprintBytes == 0 && !head.IsEmpty)
            return false;
        return XxHash128.HashToUInt128(head[..FingerprintBytes]) == Fingerprint;
    }
}
