using System.Buffers.Binary;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests.Encryption;

public sealed class DataKeyTests
{
    private static readonly byte[] s_storeKey = Vault.Key(42)[..KeySpace.RowKeySize];

    [Fact]
    public void An_open_that_only_reads_makes_no_key()
    {
        var vault = new Vault();
        var stored = Write(vault, "one");
        var before = vault.Bytes;
        using (var keys = vault.Open())
            Assert.Equal("one", Read(keys, stored));
        Assert.Equal(before, vault.Bytes);
    }

    [Fact]
    public void A_key_is_durable_before_its_first_use()
    {
        var vault = new Vault();
        var stored = Write(vault, "one");
        using var keys = Vault.On(vault.Disk.AfterPowerLoss(static _ => false)).Open();
        Assert.Equal("one", Read(keys, stored));
    }

    [Fact]
    public void Each_open_that_writes_has_a_key_of_its_own_and_reads_those_of_all_before()
    {
        var vault = new Vault();
        var stored = Enumerable.Range(0, 20).Select(i => Write(vault, $"value {i}")).ToArray();
        Assert.Equal(Enumerable.Range(2, 20).Select(i => (uint)i), stored.Select(KeyOf));
        using var keys = vault.Open();
        for (var i = 0; i < stored.Length; i++)
            Assert.Equal($"value {i}", Read(keys, stored[i]));
    }

    [Fact]
    public void All_domains_of_an_open_share_its_key()
    {
        var vault = new Vault();
        using var keys = vault.Open();
        keys.PrepareToWrite();
        keys.PrepareToWrite();
        var row = Encrypt(keys.Rows, "row");
        var meta = Encrypt(keys.Meta, "meta");
        Assert.Equal((2u, 1ul), (keys.Frames.TakeNonce().KeyId, CounterOf(row)));
        Assert.Equal((2u, 2u, 1ul), (KeyOf(row), KeyOf(meta), CounterOf(meta)));
        Assert.Equal(2, keys.Records.Count);
    }

    [Fact]
    public void A_restored_backup_and_a_copied_directory_use_no_pair_of_key_and_nonce_again()
    {
        var vault = new Vault();
        Write(vault, "before the backup");
        var backup = vault.Bytes;

        // Three directories go on from one backup, each as its own future, and number their keys alike.
        var stored = new List<byte[]>();
        foreach (var _ in Enumerable.Range(0, 3))
        {
            var copy = Vault.Holding(backup);
            for (var open = 0; open < 2; open++)
                stored.Add(Write(copy, "the same value"));
        }

        Assert.Equal([3u, 4u, 3u, 4u, 3u, 4u], stored.Select(KeyOf));
        Assert.All(stored, bytes => Assert.Equal(1ul, CounterOf(bytes)));
        // Same plaintext, key id, counter and place in the store: only another key makes other bytes.
        Assert.Equal(stored.Count, stored.Select(bytes => Convert.ToHexString(bytes[ValueCipher.HeaderSize..])).Distinct().Count());
    }

    [Fact]
    public void A_value_of_the_future_that_a_restored_key_file_lacks_is_named()
    {
        var vault = new Vault();
        var backup = vault.Bytes;
        var stored = Write(vault, "one");
        using var keys = Vault.Holding(backup).Open();
        Assert.False(keys.Rows.TryDecrypt(s_storeKey, stored, new byte[100], out _));
        var error = keys.Rows.Refusal(stored, "Row 7");
        Assert.Equal((HeliosErrorKind.Corrupt, "corrupt"), (error.Kind, error.Code));
        Assert.Contains("Row 7 is encrypted with data key 2, which /db/keys does not have", error.Message, StringComparison.Ordinal);
        Assert.Equal("corrupt", keys.Frames.Refusal(2, "Log segment 3").Code);
    }

    [Fact]
    public void A_key_that_is_used_up_is_followed_by_one_that_all_domains_take()
    {
        var vault = new Vault();
        using var keys = vault.Open();
        keys.Rows.Nonces.Limit = 3;
        keys.Meta.Nonces.Limit = 5;
        var rows = Enumerable.Range(0, 8).Select(_ => Encrypt(keys.Rows, "row")).Select(bytes => (KeyOf(bytes), CounterOf(bytes))).ToArray();
        Assert.Equal([(2u, 1ul), (2u, 2ul), (2u, 3ul), (3u, 1ul), (3u, 2ul), (3u, 3ul), (4u, 1ul), (4u, 2ul)], rows);
        // It begins with the newest key, and the next is made for both.
        var meta = Enumerable.Range(0, 6).Select(_ => Encrypt(keys.Meta, "meta")).Select(bytes => (KeyOf(bytes), CounterOf(bytes))).ToArray();
        Assert.Equal([(4u, 1ul), (4u, 2ul), (4u, 3ul), (4u, 4ul), (4u, 5ul), (5u, 1ul)], meta);
        Assert.Equal(5, keys.Records.Count);
        Assert.Equal(1UL << 32, NonceSequence.MaxUses);
    }

    [Fact]
    public void A_million_nonces_of_each_domain_are_a_million_different_ones()
    {
        var vault = new Vault();
        using var keys = vault.Open();
        var seen = new HashSet<UInt128>();
        var nonce = new byte[16];
        foreach (var domain in Enum.GetValues<NonceDomain>())
        {
            using var sequence = new NonceSequence(keys, domain) { Limit = 400_000 };
            for (var i = 0; i < 1_000_000; i++)
            {
                sequence.Take(out var use);
                sequence.Write(use.Counter, nonce);
                BinaryPrimitives.WriteUInt32LittleEndian(nonce.AsSpan(12), use.KeyId);
                Assert.True(seen.Add(BinaryPrimitives.ReadUInt128LittleEndian(nonce)));
            }
        }

        Assert.Equal(Enum.GetValues<NonceDomain>().Length * 1_000_000, seen.Count);
    }

    [Fact]
    public void A_nonce_is_the_domain_and_the_counter()
    {
        var nonce = new byte[12];
        NonceSequence.Write(NonceDomain.Meta, 0x0102030405060708, nonce);
        Assert.Equal("030000000807060504030201", Convert.ToHexStringLower(nonce));
    }

    [Theory]
    [InlineData(nameof(FileCall.Create), "io_error", StorageErrors.Io)]
    [InlineData(nameof(FileCall.Write), "io_error", StorageErrors.Io)]
    [InlineData(nameof(FileCall.Sync), "io_error", StorageErrors.Io)]
    [InlineData(nameof(FileCall.SyncDirectory), "disk_full", StorageErrors.NoSpace)]
    [InlineData(nameof(FileCall.Rename), "io_error", StorageErrors.Io)]
    [InlineData(nameof(FileCall.SyncDirectory), "io_error", StorageErrors.Io)]
    public void Without_a_durable_key_nothing_is_encrypted_nor_tried_again_and_reading_goes_on(string call, string code, int errno)
    {
        var vault = new Vault();
        var older = Write(vault, "older");
        using var keys = vault.Open();
        vault.Files.Fail(Enum.Parse<FileCall>(call), errno);
        var stored = new byte[ValueCipher.StoredLength(3)];
        var error = Assert.Throws<HeliosException>(() => keys.Rows.Encrypt(s_storeKey, "row"u8, stored));
        Assert.Equal((HeliosErrorKind.Unavailable, code), (error.Kind, error.Code));
        Assert.False(stored.AsSpan().ContainsAnyExcept((byte)0));

        var calls = vault.Files.Count(FileCall.Create);
        Assert.Equal(code, Assert.Throws<HeliosException>(() => keys.Rows.Encrypt(s_storeKey, "row"u8, stored)).Code);
        Assert.Equal(code, Assert.Throws<HeliosException>(() => keys.Frames.TakeNonce()).Code);
        Assert.Equal(code, Assert.Throws<HeliosException>(() => keys.Rotate(Vault.Provider(2))).Code);
        Assert.Equal(calls, vault.Files.Count(FileCall.Create));
        Assert.Equal("older", Read(keys, older));

        // The next open is free to write.
        var newer = Write(vault, "new");
        using var reopened = vault.Open();
        Assert.Equal("new", Read(reopened, newer));
    }

    [Theory]
    [InlineData(nameof(FileCall.Create))]
    [InlineData(nameof(FileCall.Write))]
    [InlineData(nameof(FileCall.Sync))]
    [InlineData(nameof(FileCall.Rename))]
    public void A_full_disk_makes_a_key_wait_until_there_is_room(string call)
    {
        var vault = new Vault();
        byte[] stored;
        using (var keys = vault.Open())
        {
            for (var attempt = 0; attempt < 3; attempt++)
            {
                vault.Files.Fail(Enum.Parse<FileCall>(call), StorageErrors.NoSpace);
                Assert.Equal("disk_full", Assert.Throws<HeliosException>(() => Encrypt(keys.Rows, "row")).Code);
            }

            stored = Encrypt(keys.Rows, "row");
            vault.Files.Fail(Enum.Parse<FileCall>(call), StorageErrors.NoSpace);
            Assert.Equal("disk_full", Assert.Throws<HeliosException>(() => keys.Rotate(Vault.Provider(2))).Code);
            keys.Rotate(Vault.Provider(2));
            Assert.Equal("row", Read(keys, stored));
        }

        using var reopened = vault.Open(2);
        Assert.Equal("row", Read(reopened, stored));
    }

    [Fact]
    public void A_key_file_that_has_grown_over_many_opens_is_read_whole()
    {
        var vault = new Vault();
        using (var keys = vault.Open())
        {
            keys.Rows.Nonces.Limit = 1;
            for (var i = 0; i < 500; i++)
                Encrypt(keys.Rows, "row");
        }

        using var reopened = vault.Open();
        Assert.Equal(501, reopened.Records.Count);
        Assert.Equal(502u, KeyOf(Encrypt(reopened.Rows, "row")));
    }

    [Fact]
    public void After_disposal_nothing_encrypts_or_decrypts()
    {
        var vault = new Vault();
        var keys = vault.Open();
        var stored = Encrypt(keys.Rows, "row");
        Assert.Equal("row", Read(keys, stored));
        keys.Dispose();
        keys.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Read(keys, stored));
        Assert.Throws<ObjectDisposedException>(() => Encrypt(keys.Rows, "row"));
        Assert.Throws<ObjectDisposedException>(() => keys.Frames.TakeNonce());
        Assert.Throws<ObjectDisposedException>(() => keys.IndexHash.Compute("a"u8, new byte[16]));
        Assert.Throws<ObjectDisposedException>(keys.PrepareToWrite);
        Assert.Throws<ObjectDisposedException>(() => keys.Rotate(Vault.Provider(2)));
    }

    private static uint KeyOf(byte[] stored) => BinaryPrimitives.ReadUInt32LittleEndian(stored.AsSpan(1));

    private static ulong CounterOf(byte[] stored) => BinaryPrimitives.ReadUInt64LittleEndian(stored.AsSpan(5));

    private static byte[] Encrypt(ValueCipher cipher, string text)
    {
        var plain = System.Text.Encoding.UTF8.GetBytes(text);
        var stored = new byte[ValueCipher.StoredLength(plain.Length)];
        cipher.Encrypt(s_storeKey, plain, stored);
        return stored;
    }

    private static string Read(DatabaseKeys keys, byte[] stored)
    {
        var plain = new byte[ValueCipher.PlaintextLength(stored.Length)];
        Assert.True(keys.Rows.TryDecrypt(s_storeKey, stored, plain, out var length));
        return System.Text.Encoding.UTF8.GetString(plain, 0, length);
    }

    private static byte[] Write(Vault vault, string text)
    {
        using var keys = vault.Open();
        return Encrypt(keys.Rows, text);
    }
}
