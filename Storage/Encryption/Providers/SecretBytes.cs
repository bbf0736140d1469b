using System.Security.Cryptography;

namespace Helios.Pipeline.Storage;

/// <summary>Secret bytes that the collector never moves, so that zeroing them leaves no copy behind.</summary>
/// <remarks>Disposing is not thread-safe against use: the owner stops the users first.</remarks>
internal sealed class SecretBytes : IDisposable
{
    private readonly byte[] _bytes;
    private bool _disposed;

    /// <summary>All zero: the owner fills it through <see cref="Span"/>.</summary>
    public SecretBytes(int length) => _bytes = GC.AllocateArray<byte>(length, pinned: true);

    public SecretBytes(ReadOnlySpan<byte> bytes)
        : this(bytes.Length) => bytes.CopyTo(_bytes);

    public int Length => _bytes.Length;

    /// <exception cref="ObjectDisposedException">The bytes have been zeroed.</exception>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _bytes;
        }
    }

    /// <summary>The array itself, also after disposal: for the test that looks whether it is zero.</summary>
    internal ReadOnlyMemory<byte> Memory => _bytes;

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        _disposed = true;
    }
}
