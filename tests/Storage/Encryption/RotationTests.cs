using System.Buffers.Binary;
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
            keys.Rotate(Vault.Provider(2));
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
            keys.Rotate(Vault.Provider(2));
            var after = Encrypt(keys);
            keys.Rows.Nonces.Limit = 1; // used up: the next key is wrapped under the new one
            var rolled = Encrypt(keys);
            Assert.Equal([2, 3, 4], new[] { before, after, rolled }.Select(bytes => (int)bytes[1]));
            Assert.All([before, after, rolled], bytes => Assert.True(Reads(keys, bytes)));
        }

        using var reopened = vault.Open(2);
        Assert.Equal(4, reopened.Records.Count);
    }

    [Fact]
    public void What_is_encrypted_after_a_rotation_is_closed_to_the_old_key_with_the_old_file()
    {
        var vault = new Vault();
        byte[] oldFile, before, after;
        using (var keys = vault.Open())
        {
            before = Encrypt(keys);
            Assert.Equal(2u, keys.Frames.TakeNonce().KeyId);
            oldFile = vault.Bytes;
            keys.Rotate(Vault.Provider(2));

            // Each domain goes on with the new key at its next use, and begins its counters again.
            after = Encrypt(keys);
            var frame = keys.Frames.TakeNonce();
            Assert.Equal((3u, 1ul), (frame.KeyId, frame.Counter));
            keys.Meta.Nonces.Take(out var meta);
            Assert.Equal((3u, 1ul), (meta.KeyId, meta.Counter));
        }

        using (var thief = Vault.Holding(oldFile).Open(1))
        {
            Assert.True(Reads(thief, before));
            Assert.False(Reads(thief, after));
        }

        // Nor does the old key open the new key's record, which it would find in a stolen new file.
        using var old = KekSecrets.Find(Vault.Provider(1), KekId.Of(Vault.Key(1)), null, Vault.Database, Vault.Path);
        Assert.All(KeyFileContent.Decode(vault.Bytes, Vault.Path).Records, record => Assert.False(old.TryUnwrap(record, new byte[KeyRecord.KeySize])));
        using var reopened = vault.Open(2);
        Assert.True(Reads(reopened, before));
        Assert.True(Reads(reopened, after));
    }

    [Fact]
    public void Every_rotation_of_one_open_brings_a_data_key_of_its_own()
    {
        var vault = new Vault();
        using var keys = vault.Open();
        keys.PrepareToWrite();
        var stored = new List<byte[]>();
        for (var seed = 2; seed <= 6; seed++)
        {
            keys.Rotate(Vault.Provider(seed));
            stored.Add(Encrypt(keys));
        }

        Assert.Equal([3u, 4u, 5u, 6u, 7u], stored.Select(bytes => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(1))));
        Assert.All(stored, bytes => Assert.Equal(1ul, BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(5))));
        Assert.All(stored, bytes => Assert.True(Reads(keys, bytes)));
    }

    [Fact]
    public void A_rotation_killed_at_any_call_leaves_the_old_file_or_the_new_one()
    {
        var killed = 0;
        for (var at = 1; ; at++)
        {
            var vault = new Vault();
            var stored = Write(vault, 1);
            byte[]? later = null;
            var ended = false;
            var calls = 0;
            using (var keys = vault.Open())
            {
                var now = Encrypt(keys); // so the rotation rolls the data key too
                vault.Files.Before = (_, _) => Kill(++calls, at); // only what the rotation does counts
                try
                {
                    keys.Rotate(Vault.Provider(2));
                    ended = true;
                    later = Encrypt(keys);
                }
                catch (KilledException)
                {
                    killed++;
                }

                Assert.True(Reads(keys, stored)); // readers go on
                Assert.True(Reads(keys, now));
            }

            foreach (var disk in Outcomes(vault.Disk))
            {
                using var reopened = Vault.On(disk).Open(KeyProviders.Combine(Vault.Provider(2), Vault.Provider(1)));
                Assert.True(Reads(reopened, stored));
                Assert.Contains(reopened.Kek, (KekId[])[KekId.Of(Vault.Key(1)), KekId.Of(Vault.Key(2))]);
                if (ended)
                    Assert.Equal(KekId.Of(Vault.Key(2)), reopened.Kek);
                Assert.True(later is null || Reads(reopened, later));

                // The next rotation is not in the way of what the killed one left.
                reopened.Rotate(Vault.Provider(3));
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
                keys.Rotate(next);
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
        Assert.Equal("key_unavailable", Assert.Throws<HeliosException>(() => keys.Rotate(broken)).Code);
        Assert.Equal(before, vault.Bytes);
        Assert.Equal(KekId.Of(Vault.Key(1)), keys.Kek);
        keys.Rotate(Vault.Provider(2));
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
