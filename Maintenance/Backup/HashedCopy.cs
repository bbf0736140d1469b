using System.Security.Cryptography;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>Reads files through SHA-256, and copies them. One thread; one buffer.</summary>
internal sealed class HashedCopy(IStorageFiles files, Action<long>? moved, CancellationToken cancellationToken)
{
    private readonly byte[] _buffer = new byte[1 << 20];

    /// <summary>Copies a file; the copy is durable, its name is not. Returns length and hash of what was copied.</summary>
    /// <remarks>Throws <see cref="IOException"/>.</remarks>
    public (long Length, BackupHash Hash) Copy(string source, string target)
    {
        using var from = files.Open(source, writable: false);
        using var to = files.Create(target);
        var result = Pass(from, to);
        to.Sync();
        return result;
    }

    public (long Length, BackupHash Hash) Hash(string path)
    {
        using var file = files.Open(path, writable: false);
        return Pass(file, null);
    }

    /// <summary>See <see cref="BackupFile.Tail"/>.</summary>
    public (long Length, UInt128 Tail) Tail(string path)
    {
        using var file = files.Open(path, writable: false);
        var length = file.Length;
        var tail = _buffer.AsSpan(0, (int)Math.Min(length, BackupFile.TailBytes));
        tail = tail[..file.Read(tail, length - tail.Length)];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(tail, hash);
        return (length, System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash));
    }

    private (long Length, BackupHash Hash) Pass(IStorageFile from, IStorageFile? to)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var offset = 0L;
        for (int count; (count = from.Read(_buffer, offset)) > 0; offset += count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sha.AppendData(_buffer, 0, count);
            to?.Write(_buffer.AsSpan(0, count), offset);
            moved?.Invoke(count);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        sha.GetHashAndReset(hash);
        return (offset, BackupHash.Read(hash));
    }
}
