using System.Security.Cryptography;
using System.Text;

namespace Helios.Pipeline.Storage.Tests.Encryption;

public sealed class KeyProviderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("helios-keys").FullName;
    private readonly string _variable = "HELIOS_TEST_KEY_" + Guid.NewGuid().ToString("N");
    private readonly byte[] _key = Vault.Key(7);

    public static TheoryData<string> NoKeys => new()
    {
        "0123456789abcdef0123456789abcdef",                                  // 16 bytes
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",   // a digit is missing
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg",
        "0123456789abcdef0123456789abcdef 123456789abcdef0123456789abcdef",
        "0x23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "correct horse battery",
        "ключ",
    };

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(_variable, null);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void The_id_of_a_key_is_the_beginning_of_a_hash()
    {
        var expected = Convert.ToHexStringLower(SHA256.HashData([.. "helios kek"u8, .. _key]))[..16];
        Assert.Equal(expected, KekId.Of(_key).ToString());
        Assert.Throws<ArgumentException>(() => KekId.Of(_key.AsSpan(1)));
    }

    [Theory]
    [InlineData(false, "")]
    [InlineData(false, "\n")]
    [InlineData(true, "\r\n")]
    public void A_variable_holds_64_hex_digits(bool upper, string end)
    {
        Environment.SetEnvironmentVariable(_variable, (upper ? Convert.ToHexString(_key) : Convert.ToHexStringLower(_key)) + end);
        using var provider = KeyProviders.FromEnvironment(_variable);
        AssertGives(provider, _key);
    }

    [Theory]
    [InlineData("hex", "")]
    [InlineData("hex", "\n")]
    [InlineData("hex", "\r\n")]
    [InlineData("raw", "")]
    [InlineData("raw", "\n")]
    public void A_file_holds_32_bytes_or_64_hex_digits(string form, string end)
    {
        var text = form == "raw" ? _key : Encoding.ASCII.GetBytes(Convert.ToHexStringLower(_key));
        using var provider = KeyProviders.FromFile(Write([.. text, .. Encoding.ASCII.GetBytes(end)]));
        AssertGives(provider, _key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void A_password_stands_in_a_variable_or_a_file_and_a_newline_is_no_part_of_it(string end)
    {
        Environment.SetEnvironmentVariable(_variable, "pässword, two words" + end);
        using var variable = KeyProviders.FromPasswordEnvironment(_variable);
        using var file = KeyProviders.FromPasswordFile(Write(Encoding.UTF8.GetBytes("pässword, two words" + end)));
        foreach (var provider in new[] { variable, file })
        {
            var password = Assert.IsType<PasswordKeyProvider>(provider);
            Assert.Equal("pässword, two words", Encoding.UTF8.GetString(password.Secret.Span));
            Assert.Equal(600_000, password.CurrentIterations);
        }
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\n", "is empty")]
    [InlineData("two\nlines", "no single line")]
    [InlineData("zero\0", "no single line")]
    [InlineData(null, "more than 1024 bytes")]
    public void What_is_no_password_is_refused_and_not_repeated(string? text, string why)
    {
        text ??= new string('x', 1025);
        var error = Fails(() => KeyProviders.FromPasswordFile(Write(Encoding.UTF8.GetBytes(text))));
        Assert.Equal((HeliosErrorKind.Invalid, "invalid_key"), (error.Kind, error.Code));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("xxxx", error.Message, StringComparison.Ordinal);
        Assert.Equal("invalid_key", Fails(() => KeyProviders.FromPasswordFile(Write([0xff, 0xfe]))).Code);
        Assert.Equal("key_unavailable", Fails(() => KeyProviders.FromPasswordFile(Path.Combine(_folder, "none"))).Code);
        Assert.Equal("key_unavailable", Fails(() => KeyProviders.FromPasswordEnvironment(_variable)).Code);
    }

    [Fact]
    public void A_password_file_that_others_can_read_is_refused()
    {
        if (OperatingSystem.IsWindows())
            return;
        var path = Write("correct horse"u8.ToArray());
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", Fails(() => KeyProviders.FromPasswordFile(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_raw_key_may_end_with_a_line_feed()
    {
        _key[^1] = (byte)'\n';
        using var provider = KeyProviders.FromFile(Write(_key));
        AssertGives(provider, _key);
    }

    [Theory]
    [MemberData(nameof(NoKeys))]
    public void What_is_no_key_is_refused_and_not_repeated(string text)
    {
        Environment.SetEnvironmentVariable(_variable, text);
        var file = Write(Encoding.UTF8.GetBytes(text));
        foreach (var error in new[] { Fails(() => KeyProviders.FromEnvironment(_variable)), Fails(() => KeyProviders.FromFile(file)) })
        {
            Assert.Equal((HeliosErrorKind.Invalid, "invalid_key"), (error.Kind, error.Code));
            Assert.DoesNotContain(text, error.ToString(), StringComparison.OrdinalIgnoreCase);
            Assert.Null(error.InnerException);
        }
    }

    [Fact]
    public void A_variable_or_file_that_is_missing_is_named()
    {
        var file = Path.Combine(_folder, "none");
        foreach (var (error, name) in new[] { (Fails(() => KeyProviders.FromEnvironment(_variable)), _variable), (Fails(() => KeyProviders.FromFile(file)), file) })
        {
            Assert.Equal((HeliosErrorKind.Unavailable, "key_unavailable"), (error.Kind, error.Code));
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_key_file_that_everybody_may_read_is_refused()
    {
        if (OperatingSystem.IsWindows())
            return;
        var file = Write(_key);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        var error = Fails(() => KeyProviders.FromFile(file));
        Assert.Equal("invalid_key", error.Code);
        Assert.Contains("chmod", error.Message, StringComparison.Ordinal);

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        using var provider = KeyProviders.FromFile(file);
        AssertGives(provider, _key);
    }

    [Fact]
    public void A_password_with_a_salt_of_the_application_gives_PBKDF2()
    {
        var salt = Vault.Key(3)[..16];
        using var provider = KeyProviders.FromPassword("correct horse", salt, 100_000);
        AssertGives(provider, Rfc2898DeriveBytes.Pbkdf2("correct horse", salt, 100_000, HashAlgorithmName.SHA256, 32));
    }

    [Fact]
    public void Weak_parameters_of_a_password_are_refused()
    {
        Assert.Throws<ArgumentException>(() => KeyProviders.FromPassword(""));
        Assert.Throws<ArgumentException>(() => KeyProviders.FromPassword("a", new byte[15]));
        Assert.Throws<ArgumentOutOfRangeException>(() => KeyProviders.FromPassword("a", new byte[16], 99_999));
        Assert.Throws<ArgumentOutOfRangeException>(() => KeyProviders.FromPassword("a", new byte[16], 10_000_001));
        var error = Assert.Throws<ArgumentException>(() => KeyProviders.FromPassword("secret\ud800"));
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Combined_providers_give_the_first_ones_key_and_know_the_others()
    {
        using var provider = KeyProviders.Combine(Vault.Provider(1), Vault.Provider(2), Vault.Provider(3));
        AssertGives(provider, Vault.Key(1));
        var key = new byte[32];
        Assert.True(provider.TryGetKey(KekId.Of(Vault.Key(3)), key));
        Assert.Equal(Vault.Key(3), key);
        Assert.False(provider.TryGetKey(KekId.Of(Vault.Key(4)), key));
    }

    [Fact]
    public void Keys_and_passwords_are_zeroed_on_disposal()
    {
        var raw = (RawKeyProvider)KeyProviders.FromBytes(_key);
        var password = (PasswordKeyProvider)KeyProviders.FromPassword("correct horse");
        ReadOnlyMemory<byte>[] secrets = [raw.Secret.Memory, password.Secret.Memory];
        Assert.All(secrets, secret => Assert.True(secret.Span.ContainsAnyExcept((byte)0)));

        KeyProviders.Combine(raw, password).Dispose();
        Assert.All(secrets, secret => Assert.False(secret.Span.ContainsAnyExcept((byte)0)));
        Assert.Throws<ObjectDisposedException>(() => raw.TryGetKey(raw.Current, new byte[32]));
    }

    [Fact]
    public void No_text_of_a_provider_tells_its_secret()
    {
        using var provider = KeyProviders.Combine(KeyProviders.FromBytes(_key), KeyProviders.FromPassword("correct horse"));
        using var password = KeyProviders.FromPassword("correct horse");
        var text = $"{provider} {password} {KeyProviders.FromBytes(_key)} {new PasswordDerivation(new byte[16], 1)} {KekId.Of(_key)}";
        Assert.DoesNotContain(Convert.ToHexString(_key)[..16], text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("horse", text, StringComparison.Ordinal);
    }

    private static void AssertGives(IKeyProvider provider, byte[] expected)
    {
        var key = new byte[32];
        Assert.Equal(KekId.Of(expected), provider.Current);
        Assert.True(provider.TryGetKey(provider.Current, key));
        Assert.Equal(expected, key);
        Assert.False(provider.TryGetKey(new KekId(provider.Current.Value ^ 1), key));
    }

    private static HeliosException Fails(Action call) => Assert.Throws<HeliosException>(call);

    private string Write(byte[] bytes)
    {
        var file = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(file, bytes);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return file;
    }
}
