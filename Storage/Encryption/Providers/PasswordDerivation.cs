using System.Security.Cryptography;

namespace Helios.Pipeline.Storage;

/// <summary>How a password becomes a key: PBKDF2-HMAC-SHA256 with these parameters, which stand in the key file.</summary>
/// <param name="Salt">16 bytes in a key file, or more where the application keeps them.</param>
/// <param name="Iterations">Rounds, <see cref="MinIterations"/> to <see cref="MaxIterations"/>.</param>
internal sealed record PasswordDerivation(byte[] Salt, int Iterations)
{
    public const string Name = "PBKDF2-HMAC-SHA256";

    public const int SaltSize = 16;

    /// <summary>What OWASP asks for with this hash; about 0.2 s.</summary>
    public const int DefaultIterations = 600_000;

    public const int MinIterations = 100_000;

    /// <summary>Some seconds: a changed file must not keep an open busy for an hour.</summary>
    public const int MaxIterations = 10_000_000;

    /// <summary>A new salt, for a new key file.</summary>
    public static PasswordDerivation Create(int iterations) => new(RandomNumberGenerator.GetBytes(SaltSize), iterations);

    public void Derive(ReadOnlySpan<byte> password, Span<byte> key) =>
        Rfc2898DeriveBytes.Pbkdf2(password, Salt, key, Iterations, HashAlgorithmName.SHA256);
}
