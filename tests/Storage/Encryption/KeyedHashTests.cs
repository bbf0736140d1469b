using System.Security.Cryptography;

namespace Helios.Pipeline.Storage.Tests.Encryption;

public sealed class KeyedHashTests
{
    [Fact]
    public void A_hash_is_the_beginning_of_an_HMAC()
    {
        using var hash = new KeyedHash(Vault.Key(1));
        foreach (var length in (int[])[0, 1, 63, 64, 65, KeySpace.MaxIndexKey])
        {
            var key = new byte[length];
            new Random(length).NextBytes(key);
            var (full, part) = (new byte[KeyedHash.FullSize], new byte[KeyedHash.ShortSize]);
            hash.Compute(key, full);
            hash.Compute(key, part);
            Assert.Equal(HMACSHA256.HashData(Vault.Key(1), key), full);
            Assert.Equal(full[..16], part);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => hash.Compute([1], new byte[15]));
    }

    [Fact]
    public void Hashes_of_a_database_stay_and_those_of_another_differ()
    {
        var vault = new Vault();
        Assert.Equal(HashOf(vault), HashOf(vault));
        Assert.NotEqual(HashOf(vault), HashOf(new Vault()));
    }

    [Fact]
    public void A_hash_allocates_nothing()
    {
        using var hash = new KeyedHash(Vault.Key(1));
        var (key, output) = (new byte[20], new byte[KeyedHash.ShortSize]);
        var least = long.MaxValue;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 500; i++)
                hash.Compute(key, output);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    private static string HashOf(Vault vault)
    {
        using var keys = vault.Open();
        var hash = new byte[KeyedHash.ShortSize];
        keys.IndexHash.Compute("key"u8, hash);
        return Convert.ToHexString(hash);
    }
}
