namespace Helios.Pipeline.Storage;

/// <summary>What a key is for. The numbers are stored, and part of what a wrap is bound to.</summary>
internal enum KeyPurpose : uint
{
    /// <summary>Encrypts frames of the log and values of the store.</summary>
    Data = 1,

    /// <summary>Makes hashes of index keys; one for the life of the database.</summary>
    IndexHash = 2,
}

/// <summary>One key of a database as the key file has it, wrapped.</summary>
/// <param name="Id">1 or more, ascending in the file, never given twice.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Made">UTC ticks of 100 ns.</param>
/// <param name="Wrapped">Nonce (12 bytes), encrypted key (32), tag (16); never changed in place.</param>
internal sealed record KeyRecord(uint Id, KeyPurpose Purpose, long Made, byte[] Wrapped)
{
    public const int NonceSize = 12, KeySize = 32, TagSize = 16;

    public const int WrappedSize = NonceSize + KeySize + TagSize;

    public const int Size = 16 + WrappedSize;
}
