namespace Helios.Pipeline.Storage;

/// <summary>One key, kept in memory until disposal.</summary>
internal sealed class RawKeyProvider : IKeyProvider
{
    private readonly SecretBytes _key;

    /// <summary>Takes the key over.</summary>
    public RawKeyProvider(SecretBytes key)
    {
        _key = key;
        Current = KekId.Of(key.Span);
    }

    public KekId Current { get; }

    internal SecretBytes Secret => _key;

    public bool TryGetKey(KekId id, Span<byte> key)
    {
        var bytes = _key.Span;
        if (id != Current)
            return false;
        bytes.CopyTo(key);
        return true;
    }

    public void Dispose() => _key.Dispose();

    public override string ToString() => $"key {Current}";
}
