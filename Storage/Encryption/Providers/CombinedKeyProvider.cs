namespace Helios.Pipeline.Storage;

/// <summary>Several providers as one: the first gives the current key, the others keys that a database may still be wrapped under.</summary>
internal sealed class CombinedKeyProvider(IKeyProvider current, IKeyProvider[] previous) : IPasswordKeyProvider
{
    public KekId Current => current.Current;

    public int CurrentIterations => current is IPasswordKeyProvider password ? password.CurrentIterations : 0;

    public KekId DeriveCurrent(PasswordDerivation derivation, Span<byte> key) => ((IPasswordKeyProvider)current).DeriveCurrent(derivation, key);

    public bool TryGetKey(KekId id, Span<byte> key)
    {
        if (current.TryGetKey(id, key))
            return true;
        foreach (var provider in previous)
        {
            if (provider.TryGetKey(id, key))
                return true;
        }

        return false;
    }

    public bool TryDerive(PasswordDerivation derivation, KekId id, Span<byte> key)
    {
        if (current is IPasswordKeyProvider first && first.TryDerive(derivation, id, key))
            return true;
        foreach (var provider in previous)
        {
            if (provider is IPasswordKeyProvider password && password.TryDerive(derivation, id, key))
                return true;
        }

        return false;
    }

    public void Dispose()
    {
        current.Dispose();
        foreach (var provider in previous)
            provider.Dispose();
    }

    public override string ToString() => $"{current} and {previous.Length} earlier";
}
