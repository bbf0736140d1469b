using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests.Encryption;

public sealed class RotationTests
{
    private static readonly byte[] s_storeKey = new byte[KeySpace.RowKeySize];

    [Fact]
    public void After_a_rotation_the_new_key_opens_all_data_and_the_old_one_nothing()
    {
        var vault = new Vault();
        var stored = Write(vault, 1);
        var before = vault.Bytes;
        byte[] hash;
        using (var keys = vault.Open())
        {
            hash = Hash(keys);
            keys.Rewrap(Vault.Provider(2));
            Assert.Equal(KekId.Of(Vault.Key(2)), keys.Kek);
            Assert.True(Reads(keys, stored)); // with objects that were made before
            Assert.Equal(hash, Hash(keys));
        }

        Assert.Equal(before.Length, vault.Bytes.Length);
        Vault.Holding(vault.Bytes).Refuses("key_mismatch", Vault.Provider(1));
        using var reopened = vault.Open(2);
        Assert.True(Reads(reopened, stored));
        Assert.Equal(hash, Hash(reopened));
        Assert.Equal([1u, 2u], reopened.Records.Select(record => record.Id));
    }

    [Fact]
    public void Writing_goes_on_while_and_after_a_rotation()
    {
        var vault = new Vault();
        using (var keys = vault.Open())
        {
            var before = Encrypt(keys);
            keys.Rewrap(Vault.Provider(2));
            var after = Encrypt(keys);
            keys.Rows.Nonces.Limit = 2; // used up: the next key is wrapped under the new one
            var rolled = Encrypt(keys);
            Assert.Equal([2, 2, 3], new[] { before, after, rolled }.Select(bytes => (int)bytes[1]));
        }

        using var reopened = vault.Open(2);
        Assert.Equal(3, reopened.Records.Count);
    }

    [Fact]
    public void A_rotation_killed_at_any_call_leaves_the_old_file_or_the_new_one()
    {
        var killed = 0;
        for (var at = 1; ; at++)
        {
            var vault = new Vault();
            var stored = Write(vault, 1);
            var ended = false;
            var calls = 0;
            using (var keys = vault.Open())
            {
                vault.Files.Before = (_, _) => Kill(++calls, at); // only what the rotation does counts
                try
                {
                    keys.Rewrap(Vault.Provider(2));
                    ended = true;
                }
                catch (KilledException)
                {
                    killed++;
                }
            }

            foreach (var disk in Outcomes(vault.Disk))
            {
                using var reopened = Vault.On(disk).Open(KeyProviders.Combine(Vault.Provider(2), Vault.Provider(1)));
                Assert.True(Reads(reopened, stored));
                Assert.Contains(reopened.Kek, (KekId[])[KekId.Of(Vault.Key(1)), KekId.Of(Vault.Key(2))]);
                if (ended)
                    Assert.Equal(KekId.Of(Vault.Key(2)), reopened.Kek);

                // The next rotation is not in the way of what the killed one left.
                reopened.Rewrap(Vault.Provider(3));
                Assert.True(Reads(reopened, stored));
            }

            if (ended)
                break;
        }

        Assert.True(killed >= 5, $"only {killed} calls were tried"); // create, write, sync, rename, sync of the directory
    }

    [Fact]
    public void From_a_password_to_another_and_to_a_key_and_back()
    {
        var vault = new Vault(Vault.Password("first"));
        IKeyProvider[] steps = [Vault.Password("second"), Vault.Provider(2), Vault.Password("first")];
        var previous = Vault.Password("first");
        var salts = new HashSet<string> { Convert.ToHexString(vault.Bytes.AsSpan(48, 16)) };
        foreach (var next in steps)
        {
            using (var keys = vault.Open(previous))
                keys.Rewrap(next);
            Vault.Holding(vault.Bytes).Refuses("key_mismatch", previous);
            vault.Open(KeyProviders.Combine(previous, next)).Dispose(); // the one that is asked first does not have it
            Assert.True(salts.Add(Convert.ToHexString(vault.Bytes.AsSpan(48, 16))), "a salt came back");
            previous = next;
        }
    }

    [Fact]
    public void A_rotation_to_a_key_that_is_not_there_changes_nothing()
    {
        var vault = new Vault();
        var before = vault.Bytes;
        using var keys = vault.Open();
        using var broken = Vault.Provider(2);
        broken.Dispose();
        Assert.Equal("key_unavailable", Assert.Throws<HeliosException>(() => keys.Rewrap(broken)).Code);
        Assert.Equal(before, vault.Bytes);
        Assert.Equal(KekId.Of(Vault.Key(1)), keys.Kek);
        keys.Rewrap(Vault.Provider(2));
    }

    /// <summary>What a kill and what a power loss can leave.</summary>
    private static IEnumerable<MemoryFiles> Outcomes(MemoryFiles disk)
    {
        yield return disk.AfterKill();
        var items = disk.Unsynced;
        for (var subset = 0; subset < 1 << items.Count; subset++)
        {
            var kept = Enumerable.Range(0, items.Count).Where(i => (subset >> i & 1) != 0).Select(i => items[i]).ToHashSet();
            yield return disk.AfterPowerLoss(kept.Contains);
        }
    }

    private static void Kill(int call, int at)
    {
        if (call >= at)
            throw new KilledException();
    }

    private static byte[] Write(Vault vault, int seed)
    {
        using var keys = vault.Open(seed);
        return Encrypt(keys);
    }

    private static byte[] Encrypt(DatabaseKeys keys)
    {
        var stored = new byte[ValueCipher.StoredLength(5)];
        keys.Rows.Encrypt(s_storeKey, "value"u8, stored);
        return stored;
    }

    private static bool Reads(DatabaseKeys keys, byte[] stored)
    {
        var plain = new byte[5];
        return keys.Rows.TryDecrypt(s_storeKey, stored, plain, out _) && plain.AsSpan().SequenceEqual("value"u8);
    }

    private static byte[] Hash(DatabaseKeys keys)
    {
        var hash = new byte[16];
        keys.IndexHash.Compute("key"u8, hash);
        return hash;
    }

    private sealed class KilledException : Exception;
}
