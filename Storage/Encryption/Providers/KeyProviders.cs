using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>Ready-made providers of key-encryption keys.</summary>
/// <remarks>
/// Keys are read when a provider is made and zeroed when it is disposed. A memory dump of the process holds them: set
/// <c>DOTNET_DbgEnableMiniDump=0</c> where dumps leave the machine.
/// </remarks>
public static class KeyProviders
{
    private const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A key that the application holds.</summary>
    /// <param name="key">32 bytes, copied.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public static IKeyProvider FromBytes(ReadOnlySpan<byte> key)
    {
        if (key.Length != KekId.KeySize)
            throw new ArgumentException($"A key has {KekId.KeySize} bytes, not {key.Length}.", nameof(key));
        return new RawKeyProvider(new SecretBytes(key));
    }

    /// <summary>A key of 64 hex digits in an environment variable, a newline behind it or not.</summary>
    /// <remarks>The variable stays where it is, readable by whoever can read the environment of the process: a file is better.</remarks>
    /// <param name="variable">The name of the variable.</param>
    /// <exception cref="HeliosException">Unavailable <c>key_unavailable</c>: it is not set. Invalid <c>invalid_key</c>: it holds something else.</exception>
    public static IKeyProvider FromEnvironment(string variable)
    {
        ArgumentException.ThrowIfNullOrEmpty(variable);
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } text)
            throw new HeliosException(HeliosErrorKind.Unavailable, "key_unavailable", $"The environment variable {variable} is not set: it must hold the key. Nothing was changed.");

        // One byte a character: what is no ASCII becomes no hex digit.
        using var bytes = new SecretBytes(text.Length);
        Encoding.ASCII.GetBytes(text, bytes.Span);
        return new RawKeyProvider(KeyText.Parse(bytes.Span, raw: false, $"The environment variable {variable}"));
    }

    /// <summary>A key in a file: 32 raw bytes or 64 hex digits, a newline behind it or not.</summary>
    /// <remarks>On Unix, a file that users other than its owner and group may read or change is refused: a key that everybody can read protects nothing.</remarks>
    /// <param name="path">The file; not in the directory of the database, or a stolen disk brings the key along.</param>
    /// <exception cref="HeliosException">
    /// Unavailable <c>key_unavailable</c>: it cannot be read. Invalid <c>invalid_key</c>: it holds something else, or its mode lets others at it.
    /// </exception>
    public static IKeyProvider FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var bytes = new SecretBytes(KeyText.MaxLength + 1);
        var length = Read(path, "key", bytes.Span);
        return new RawKeyProvider(KeyText.Parse(bytes.Span[..length], raw: true, $"The key file {path}"));
    }

    /// <summary>A password, whose salt is made with the database and kept in its key file. PBKDF2-HMAC-SHA256, 600,000 iterations, about 0.2 s at each open.</summary>
    /// <param name="password">Not empty; taken as UTF-8 without normalization.</param>
    /// <exception cref="ArgumentException">The password is empty or holds a lone surrogate.</exception>
    public static IKeyProvider FromPassword(ReadOnlySpan<char> password) =>
        new PasswordKeyProvider(Utf8(password), PasswordDerivation.DefaultIterations);

    /// <summary>As <see cref="FromPassword(ReadOnlySpan{char})"/>, with a password in an environment variable, a newline behind it or not.</summary>
    /// <remarks>The variable stays where it is, readable by whoever can read the environment of the process: a file is better.</remarks>
    /// <param name="variable">The name of the variable.</param>
    /// <exception cref="HeliosException">Unavailable <c>key_unavailable</c>: it is not set. Invalid <c>invalid_key</c>: it holds no text, or more than 1,024 bytes.</exception>
    public static IKeyProvider FromPasswordEnvironment(string variable)
    {
        ArgumentException.ThrowIfNullOrEmpty(variable);
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } text)
            throw new HeliosException(HeliosErrorKind.Unavailable, "key_unavailable", $"The environment variable {variable} is not set: it must hold the password. Nothing was changed.");
        using var bytes = new SecretBytes(Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, bytes.Span);
        return new PasswordKeyProvider(PasswordText.Parse(bytes.Span[..length], $"The environment variable {variable}"), PasswordDerivation.DefaultIterations);
    }

    /// <summary>As <see cref="FromPassword(ReadOnlySpan{char})"/>, with a password in a file: UTF-8, 1 to 1,024 bytes, a newline behind it or not.</summary>
    /// <remarks>On Unix, a file that users other than its owner and group may read or change is refused.</remarks>
    /// <param name="path">The file; not in the directory of the database, or a stolen disk brings the password along.</param>
    /// <exception cref="HeliosException">
    /// Unavailable <c>key_unavailable</c>: it cannot be read. Invalid <c>invalid_key</c>: it holds something else, or its mode lets others at it.
    /// </exception>
    public static IKeyProvider FromPasswordFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var bytes = new SecretBytes(PasswordText.MaxLength + 3);
        var length = Read(path, "password", bytes.Span);
        return new PasswordKeyProvider(PasswordText.Parse(bytes.Span[..length], $"The password file {path}"), PasswordDerivation.DefaultIterations);
    }

    /// <summary>The key that a password gives with a salt that the application keeps: the same salt again, or the database does not open.</summary>
    /// <param name="password">Not empty; taken as UTF-8 without normalization.</param>
    /// <param name="salt">16 bytes or more, random, one of its own for each database.</param>
    /// <param name="iterations">100,000 to 10,000,000 rounds of PBKDF2-HMAC-SHA256; 600,000 by default.</param>
    /// <exception cref="ArgumentException">The password is empty or holds a lone surrogate, the salt is short, or the iterations are out of range.</exception>
    public static IKeyProvider FromPassword(ReadOnlySpan<char> password, ReadOnlySpan<byte> salt, int iterations = PasswordDerivation.DefaultIterations)
    {
        if (salt.Length < PasswordDerivation.SaltSize)
            throw new ArgumentException($"A salt has {PasswordDerivation.SaltSize} bytes or more, not {salt.Length}.", nameof(salt));
        CheckIterations(iterations);
        using var bytes = Utf8(password);
        var key = new SecretBytes(KekId.KeySize);
        new PasswordDerivation(salt.ToArray(), iterations).Derive(bytes.Span, key.Span);
        return new RawKeyProvider(key);
    }

    /// <summary>Several providers as one. A rotation goes to the first one's key; a database that is still under another's opens all the same.</summary>
    /// <param name="current">Gives the current key.</param>
    /// <param name="previous">Asked in this order for a key that the first does not have.</param>
    /// <returns>A provider that disposes of all of them.</returns>
    public static IKeyProvider Combine(IKeyProvider current, params IKeyProvider[] previous)
    {
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(previous);
        foreach (var provider in previous)
            ArgumentNullException.ThrowIfNull(provider, nameof(previous));
        return new CombinedKeyProvider(current, [.. previous]);
    }

    /// <summary>As <see cref="FromPassword(ReadOnlySpan{char})"/>, with iterations of the caller's choice.</summary>
    internal static IKeyProvider FromPasswordOfDatabase(ReadOnlySpan<char> password, int iterations)
    {
        CheckIterations(iterations);
        return new PasswordKeyProvider(Utf8(password), iterations);
    }

    internal static void CheckIterations(int iterations)
    {
        if (iterations is < PasswordDerivation.MinIterations or > PasswordDerivation.MaxIterations)
            throw new ArgumentOutOfRangeException(nameof(iterations), iterations, $"Iterations are {PasswordDerivation.MinIterations} to {PasswordDerivation.MaxIterations}.");
    }

    /// <exception cref="ArgumentException">The text is empty or holds a lone surrogate.</exception>
    internal static SecretBytes Utf8(ReadOnlySpan<char> password)
    {
        if (password.IsEmpty)
            throw new ArgumentException("A password has one character or more.", nameof(password));
        try
        {
            var bytes = new SecretBytes(s_strict.GetByteCount(password));
            s_strict.GetBytes(password, bytes.Span);
            return bytes;
        }
        catch (EncoderFallbackException)
        {
            // Without the cause: it quotes characters of the password.
            throw new ArgumentException("The password holds a lone surrogate.", nameof(password));
        }
    }

    private static int Read(string path, string what, Span<byte> bytes)
    {
        try
        {
            using var file = File.OpenHandle(path);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != 0)
                throw new HeliosException(HeliosErrorKind.Invalid, "invalid_key", $"The {what} file {path} is open to every user of the machine: chmod 600 it, and think about a new {what}. Nothing was changed.");
            return Read(file, bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HeliosException(HeliosErrorKind.Unavailable, "key_unavailable", $"The {what} file {path} cannot be read: {error.Message} Nothing was changed.", error);
        }
    }

    private static int Read(Microsoft.Win32.SafeHandles.SafeFileHandle file, Span<byte> bytes)
    {
        var done = 0;
        while (done < bytes.Length)
        {
            var count = RandomAccess.Read(file, bytes[done..], done);
            if (count == 0)
                break;
            done += count;
        }

        return done;
    }
}
