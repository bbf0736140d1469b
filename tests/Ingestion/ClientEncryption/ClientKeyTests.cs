using System.Security.Cryptography;
using System.Text;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class ClientKeyTests
{
    private const int Rounds = 100_000;

    [Fact]
    public void A_password_and_an_identifier_give_one_key_everywhere_and_any_other_text_another()
    {
        using var key = ClientKey.FromPassword("correct horse", "ann@example.org", Rounds);
        using var again = ClientKey.FromPassword("correct horse", "ann@example.org", Rounds);
        Assert.Equal(key.Id, again.Id);
        var stored = new RowSealer(Clients.Schema, key).Seal(Clients.Patient(1));
        Assert.Equal(Clients.Patient(1), new RowSealer(Clients.Schema, again).Open<Patient>(stored));

        string[] others =
        [
            Id("correct horse", "bob@example.org", Rounds),
            Id("wrong horse", "ann@example.org", Rounds),
            Id("correct horse", "ann@example.org", Rounds + 1),
        ];
        Assert.DoesNotContain(key.Id, others);
        Assert.Equal(3, others.Distinct().Count());

        static string Id(string password, string identifier, int rounds)
        {
            using var key = ClientKey.FromPassword(password, identifier, rounds);
            return key.Id;
        }
    }

    [Fact]
    public void The_derivation_is_the_documented_one()
    {
        // Somebody without this library must be able to write it again.
        var salt = SHA256.HashData(Encoding.UTF8.GetBytes("helios client encryption\0ann@example.org"));
        var master = Rfc2898DeriveBytes.Pbkdf2("correct horse"u8, salt, Rounds, HashAlgorithmName.SHA256, 32);
        using var same = ClientKey.FromBytes(master);
        using var key = ClientKey.FromPassword("correct horse", "ann@example.org", Rounds);
        Assert.Equal(same.Id, key.Id);

        var blinding = HKDF.DeriveKey(HashAlgorithmName.SHA256, master, 32, [], "helios client blind"u8.ToArray());
        var column = HKDF.Expand(HashAlgorithmName.SHA256, blinding, 32, Encoding.UTF8.GetBytes("helios column\0patients\0Insurance"));
        // A text in a key: the tag of a value, the text, its end.
        var hash = HMACSHA256.HashData(column, (byte[])[1, .. "AB-1"u8, 0, 0])[..16];
        Assert.Equal(hash, new RowSealer(Clients.Schema, key).Blind("Insurance", "AB-1"));
    }

    [Fact]
    public void The_key_that_a_server_may_see_tells_nothing_of_the_one_that_encrypts()
    {
        var shown = ClientKey.AuthenticationKey("correct horse", "ann@example.org", Rounds);
        Assert.Equal(shown, ClientKey.AuthenticationKey("correct horse", "ann@example.org", Rounds));
        using var key = ClientKey.FromPassword("correct horse", "ann@example.org", Rounds);
        using var fromShown = ClientKey.FromBytes(shown);
        Assert.NotEqual(key.Id, fromShown.Id);
    }

    [Fact]
    public void Keys_are_zeroed_on_disposal_and_stand_in_no_text()
    {
        var bytes = RandomNumberGenerator.GetBytes(ClientKey.Size);
        var key = ClientKey.FromBytes(bytes);
        Assert.Equal($"client key {key.Id}", key.ToString());
        Assert.DoesNotContain(key.Id, Convert.ToHexStringLower(bytes), StringComparison.Ordinal);
        Assert.All(key.Secrets, secret => Assert.True(secret.Span.ContainsAnyExcept((byte)0)));
        key.Dispose();
        Assert.All(key.Secrets, secret => Assert.False(secret.Span.ContainsAnyExcept((byte)0)));
        Assert.Throws<ObjectDisposedException>(() => new RowSealer(Clients.Schema, key).Seal(Clients.Patient(1)));
    }

    [Fact]
    public void What_is_no_key_and_no_password_is_refused()
    {
        Assert.Throws<ArgumentException>(() => ClientKey.FromBytes(new byte[31]));
        Assert.Throws<ArgumentException>(() => ClientKey.FromPassword("", "ann", Rounds));
        Assert.Throws<ArgumentException>(() => ClientKey.FromPassword("a", "", Rounds));
        Assert.Throws<ArgumentException>(() => ClientKey.FromPassword("\ud800", "ann", Rounds));
        Assert.Throws<ArgumentOutOfRangeException>(() => ClientKey.FromPassword("a", "ann", 1));
    }
}
