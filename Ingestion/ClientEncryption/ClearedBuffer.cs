using System.Security.Cryptography;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A buffer for what is not to be left in pooled memory, which others use afterwards. What it had before it grew is not cleared: it begins larger than most rows.</summary>
internal sealed class ClearedBuffer : IDisposable
{
    public ByteBuffer Bytes { get; } = new(16 << 10);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(Bytes.Array);
        Bytes.Dispose();
    }
}
