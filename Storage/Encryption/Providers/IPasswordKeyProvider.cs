namespace Helios.Pipeline.Storage;

/// <summary>A provider whose keys depend on what stands in the key file of the database: a password's salt and iterations.</summary>
/// <remarks>The key file asks through this interface first; the plain one cannot answer before the salt is known.</remarks>
internal interface IPasswordKeyProvider : IKeyProvider
{
    /// <summary>The iterations that the current key is to be derived with; 0 where it comes from no password.</summary>
    int CurrentIterations { get; }

    /// <summary>Derives the current key and names it.</summary>
    KekId DeriveCurrent(PasswordDerivation derivation, Span<byte> key);

    /// <summary>Looks for a key among those that the passwords give with these parameters.</summary>
    bool TryDerive(PasswordDerivation derivation, KekId id, Span<byte> key);
}
