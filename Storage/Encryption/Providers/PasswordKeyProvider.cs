namespace Helios.Pipeline.Storage;

/// <summary>A password; its key is known once a key file has said the salt.</summary>
internal sealed class PasswordKeyProvider : IPasswordKeyProvider
{
    private readonly SecretBytes _password;

    /// <summary>Takes the password, UTF-8, over.</summary>
    public PasswordKeyProvider(SecretBytes password, int iterations)
    {
        _password = password;
        CurrentIterations = iterations;
    }

    public KekId Current => throw new InvalidOperationException("The key of a password is known only together with a database: its key file has the salt.");

    public int CurrentIterations { get; }

    internal SecretBytes Secret => _password;

    /// <summary>Always false: a database whose key file has no salt was not made with a password.</summary>
    public bool TryGetKey(KekId id, Span<byte> key) => false;

    public KekId DeriveCurrent(PasswordDerivation derivation, Span<byte> key)
    {
        derivation.Derive(_password.Span, key);
        return KekId.Of(key);
    }

    public bool TryDerive(PasswordDerivation derivation, KekId id, Span<byte> key) => DeriveCurrent(derivation, key) == id;

    public void Dispose() => _password.Dispose();

    public override string ToString() => "password";
}
