using System.Buffers.Binary;
using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders.Tests;

/// <summary>A sound little format: u32 CRC of the rest, u32 length, bytes. The planted defects derive from it.</summary>
internal class SoundDecoder : DecoderUnderTest<string>
{
    protected const int HeaderSize = 8;

    public override string Name => "planted";

    public override IReadOnlyList<Type> Codecs => [];

    protected override Gen<string> Values => Gens.Bytes(30).Select(Convert.ToHexString);

    protected override byte[] Encode(string value)
    {
        var payload = Convert.FromHexString(value);
        byte[] bytes = [.. new byte[HeaderSize], .. payload];
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), payload.Length);
        Repair(bytes);
        return bytes;
    }

    protected override bool TryDecode(byte[] bytes, out string value)
    {
        value = "";
        if (!HasChecksum(bytes) || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) != bytes.Length - HeaderSize)
            return false;
        value = Convert.ToHexString(bytes.AsSpan(HeaderSize));
        return true;
    }

    public override void Repair(byte[] bytes)
    {
        if (bytes.Length >= HeaderSize)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, Crc32C.Compute(bytes.AsSpan(4)));
    }

    protected override bool MayFollowFromDamage(string original, string decoded) => false;

    protected static bool HasChecksum(byte[] bytes) => bytes.Length >= HeaderSize && BinaryPrimitives.ReadUInt32LittleEndian(bytes) == Crc32C.Compute(bytes.AsSpan(4));
}

/// <summary>Believes a byte that it uses as an index.</summary>
internal sealed class IndexOutOfRangeDecoder : SoundDecoder
{
    protected override bool TryDecode(byte[] bytes, out string value)
    {
        if (bytes.Length >= HeaderSize)
            _ = bytes[bytes[4]]; // the low byte of the length
        return base.TryDecode(bytes, out value);
    }
}

/// <summary>Allocates as much as the length says before it looks whether the bytes are there.</summary>
internal sealed class AllocatingDecoder : SoundDecoder
{
    protected override bool TryDecode(byte[] bytes, out string value)
    {
        if (HasChecksum(bytes))
            _ = new byte[BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) & 0xff_ffff].Length;
        return base.TryDecode(bytes, out value);
    }
}

/// <summary>Takes a length with high bits that mean nothing.</summary>
internal sealed class NotCanonicalDecoder : SoundDecoder
{
    protected override bool TryDecode(byte[] bytes, out string value)
    {
        value = "";
        if (!HasChecksum(bytes) || BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(4)) != bytes.Length - HeaderSize)
            return false;
        value = Convert.ToHexString(bytes.AsSpan(HeaderSize));
        return true;
    }
}

/// <summary>Forgets to look at the checksum.</summary>
internal sealed class TrustingDecoder : SoundDecoder
{
    public override bool IsCanonical => false;

    protected override bool TryDecode(byte[] bytes, out string value)
    {
        value = bytes.Length >= HeaderSize ? Convert.ToHexString(bytes.AsSpan(HeaderSize)) : "";
        return bytes.Length >= HeaderSize;
    }
}

/// <summary>Loses the last byte of long values.</summary>
internal sealed class ForgetfulDecoder : SoundDecoder
{
    public override bool IsCanonical => false;

    protected override bool TryDecode(byte[] bytes, out string value)
    {
        var isTaken = base.TryDecode(bytes, out value);
        value = value.Length > 40 ? value[..40] : value;
        return isTaken;
    }
}

/// <summary>Refuses with a code that it does not publish.</summary>
internal sealed class UnpublishedCodeDecoder : SoundDecoder
{
    protected override bool TryDecode(byte[] bytes, out string value) => HasChecksum(bytes) ? base.TryDecode(bytes, out value)
        : throw new HeliosException(HeliosErrorKind.Internal, "internal", "The checksum does not hold.");
}

/// <summary>Does not move on over an empty value, until the test lets it go.</summary>
internal sealed class EndlessDecoder : SoundDecoder
{
    private volatile bool _isReleased;

    public void Release() => _isReleased = true;

    protected override bool TryDecode(byte[] bytes, out string value)
    {
        while (!_isReleased && bytes.Length == HeaderSize + 1)
            Thread.Yield();
        return base.TryDecode(bytes, out value);
    }
}
