using System.Buffers.Binary;
using System.Text;

namespace Helios.Pipeline.Storage.Tests.Encryption;

public sealed class KeyFileTests
{
    private static readonly byte[] s_storeKey = new byte[20];

    [Fact]
    public void A_new_file_holds_the_key_for_hashes_alone_and_no_secret_in_the_clear()
    {
        var vault = new Vault();
        using var keys = vault.Open();
        Assert.Equal([(1u, KeyPurpose.IndexHash)], keys.Records.Select(record => (record.Id, record.Purpose)));
        Assert.Equal(KekId.Of(Vault.Key(1)), keys.Kek);
        Assert.Equal(KeyFileContent.HeaderSize + KeyRecord.Size + KeyFileContent.MacSize, vault.Bytes.Length);
        Assert.Equal(-1, vault.Bytes.AsSpan().IndexOf(keys.IndexHash.Secret.Span));
        Assert.Equal(-1, vault.Bytes.AsSpan().IndexOf(Vault.Key(1)));
    }

    [Fact]
    public void A_wrong_key_a_missing_one_and_no_provider_are_refused_with_the_id_that_is_needed()
    {
        var vault = new Vault();
        foreach (var (provider, code) in new[] { (Vault.Provider(2), "key_mismatch"), (null, "key_unavailable"), (KeyProviders.FromPassword("a"), "key_mismatch") })
        {
            var error = vault.Refuses(code, provider);
            Assert.Equal(HeliosErrorKind.Unavailable, error.Kind);
            Assert.Contains(KekId.Of(Vault.Key(1)).ToString(), error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_provider_that_gives_another_key_under_the_id_is_told_apart()
    {
        var vault = new Vault();
        var error = vault.Refuses("key_mismatch", new ScriptedProvider(KekId.Of(Vault.Key(1)), Vault.Key(2)));
        Assert.Equal(HeliosErrorKind.Unavailable, error.Kind);
        Assert.DoesNotContain(Convert.ToHexString(Vault.Key(2))[..8], error.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_provider_that_throws_makes_the_key_unavailable()
    {
        var cause = new InvalidOperationException("the vault is closed");
        Assert.Same(cause, new Vault().Refuses("key_unavailable", new ScriptedProvider(KekId.Of(Vault.Key(1)), cause)).InnerException);
    }

    [Fact]
    public void The_key_file_of_another_database_is_refused()
    {
        Assert.Contains("belongs to database", new Vault().Refuses("corrupt", Vault.Provider(1), Guid.NewGuid()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_damage()
    {
        Vault.On(new()).Refuses("corrupt", Vault.Provider(1));
    }

    [Fact]
    public void A_file_cut_at_any_byte_is_damage()
    {
        var bytes = new Vault().Bytes;
        for (var length = 0; length < bytes.Length; length++)
            Vault.Holding(bytes.AsSpan(0, length)).Refuses("corrupt", Vault.Provider(1));
        Vault.Holding([.. bytes, 0]).Refuses("corrupt", Vault.Provider(1));
    }

    [Fact]
    public void Every_flipped_bit_is_damage_or_a_newer_version()
    {
        var bytes = new Vault().Bytes;
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var flipped = Flip(bytes, bit);
            var version = BinaryPrimitives.ReadUInt32LittleEndian(flipped.AsSpan(8));
            Vault.Holding(flipped).Refuses(version > KeyFileContent.Format ? "format_too_new" : "corrupt", Vault.Provider(1));
        }
    }

    [Fact]
    public void Every_bit_that_somebody_changes_with_a_fitting_checksum_is_refused()
    {
        var bytes = new Vault(Vault.Password("a")).Bytes;
        var derived = Derived(bytes, "a");
        var slow = 0;
        for (var bit = 16 * 8; bit < bytes.Length * 8; bit++)
        {
            // Parameters of a password cost a derivation each: some of them are enough.
            var derives = bit / 8 is >= 32 and < 64;
            if (derives && bit % 67 != 0)
                continue;
            slow += derives ? 1 : 0;
            var vault = Vault.Holding(Vault.WithChecksum(Flip(bytes, bit)));
            using var provider = derives ? Vault.Password("a") : new ScriptedProvider(KekId.Read(bytes.AsSpan(32)), derived);
            var error = Assert.Throws<HeliosException>(() => vault.Open(provider));
            Assert.Contains(error.Code, (string[])["key_mismatch", "key_unavailable", "corrupt"]);
        }

        Assert.True(slow > 2);
    }

    [Fact]
    public void Records_that_were_taken_away_moved_or_put_back_are_refused_even_with_a_fitting_checksum()
    {
        var vault = new Vault();
        var older = vault.Bytes;
        Write(vault, 2);
        Write(vault, 3);
        var bytes = vault.Bytes;
        Assert.Equal(3, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(64)));

        var cut = bytes[..^(KeyFileContent.MacSize + KeyRecord.Size)].Concat(bytes[^KeyFileContent.MacSize..]).ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(cut.AsSpan(64), 2);
        Vault.Holding(Vault.WithChecksum(cut)).Refuses("key_mismatch", Vault.Provider(1));

        // Keys change places, their ids stay.
        var swapped = (byte[])bytes.Clone();
        var (second, third) = (KeyFileContent.HeaderSize + KeyRecord.Size + 8, KeyFileContent.HeaderSize + (2 * KeyRecord.Size) + 8);
        bytes.AsSpan(second, KeyRecord.Size - 8).CopyTo(swapped.AsSpan(third));
        bytes.AsSpan(third, KeyRecord.Size - 8).CopyTo(swapped.AsSpan(second));
        Vault.Holding(Vault.WithChecksum(swapped)).Refuses("key_mismatch", Vault.Provider(1));

        var moved = (byte[])bytes.Clone();
        bytes.AsSpan(second - 8, KeyRecord.Size).CopyTo(moved.AsSpan(third - 8));
        bytes.AsSpan(third - 8, KeyRecord.Size).CopyTo(moved.AsSpan(second - 8));
        Vault.Holding(Vault.WithChecksum(moved)).Refuses("corrupt", Vault.Provider(1));

        // An older file as a whole verifies: that needs a counter outside of the disk. Its keys still open what they wrote.
        Vault.Holding(older).Open().Dispose();
    }

    [Fact]
    public void A_wrap_is_bound_to_id_purpose_database_and_key()
    {
        using var kek = Secrets(1, Vault.Database);
        var record = kek.Wrap(5, KeyPurpose.Data, 0, Vault.Key(9));
        var key = new byte[32];
        Assert.True(kek.TryUnwrap(record, key));
        Assert.Equal(Vault.Key(9), key);
        Assert.False(kek.TryUnwrap(record with { Id = 6 }, key));
        Assert.False(kek.TryUnwrap(record with { Purpose = KeyPurpose.IndexHash }, key));
        using var otherDatabase = Secrets(1, Guid.NewGuid());
        Assert.False(otherDatabase.TryUnwrap(record, key));
        using var otherKek = Secrets(2, Vault.Database);
        Assert.False(otherKek.TryUnwrap(record, key));
        for (var bit = 0; bit < record.Wrapped.Length * 8; bit++)
            Assert.False(kek.TryUnwrap(record with { Wrapped = Flip(record.Wrapped, bit) }, key));
    }

    [Fact]
    public void A_password_opens_what_it_made_and_another_does_not()
    {
        var vault = new Vault(Vault.Password("correct horse"));
        Assert.Equal(PasswordDerivation.MinIterations, BinaryPrimitives.ReadInt32LittleEndian(vault.Bytes.AsSpan(44)));
        Assert.Equal(-1, vault.Bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes("horse")));
        var error = vault.Refuses("key_mismatch", Vault.Password("wrong horse"));
        Assert.DoesNotContain("horse", error.ToString(), StringComparison.Ordinal);
        vault.Open(Vault.Password("correct horse")).Dispose();
        vault.Open(KeyProviders.Combine(Vault.Provider(1), Vault.Password("nothing"), Vault.Password("correct horse"))).Dispose();
    }

    [Fact]
    public void Two_databases_with_one_password_have_different_keys()
    {
        var (a, b) = (new Vault(Vault.Password("same")), new Vault(Vault.Password("same")));
        Assert.NotEqual(a.Bytes[32..64], b.Bytes[32..64]);
    }

    [Fact]
    public void Creating_leaves_a_file_that_is_there_alone()
    {
        var vault = new Vault();
        var before = vault.Bytes;
        Assert.Throws<HeliosException>(() => DatabaseKeys.Create(vault.Files, Vault.Path, Vault.Database, Vault.Provider(2), TimeProvider.System));
        Assert.Equal(before, vault.Bytes);
    }

    [Fact]
    public void Creating_without_a_usable_key_writes_nothing()
    {
        var vault = Vault.On(new());
        var error = Assert.Throws<HeliosException>(() => DatabaseKeys.Create(vault.Files, Vault.Path, Vault.Database, new ScriptedProvider(new KekId(1), Vault.Key(1)), TimeProvider.System));
        Assert.Equal("key_mismatch", error.Code);
        Assert.Empty(vault.Disk.List("/db"));
    }

    [Fact]
    public void Secrets_of_an_open_file_are_zeroed_on_disposal()
    {
        var kek = Secrets(1, Vault.Database);
        var keys = new Vault().Open();
        ReadOnlyMemory<byte>[] secrets = [kek.SealKey.Memory, keys.IndexHash.Secret.Memory];
        Assert.All(secrets, secret => Assert.True(secret.Span.ContainsAnyExcept((byte)0)));
        kek.Dispose();
        keys.Dispose();
        Assert.All(secrets, secret => Assert.False(secret.Span.ContainsAnyExcept((byte)0)));
    }

    private static void Write(Vault vault, uint expectedKey)
    {
        using var keys = vault.Open();
        var stored = new byte[ValueCipher.StoredLength(1)];
        keys.Rows.Encrypt(s_storeKey, [1], stored);
        Assert.Equal(expectedKey, BinaryPrimitives.ReadUInt32LittleEndian(stored.AsSpan(1)));
    }

    private static byte[] Flip(byte[] bytes, int bit)
    {
        var flipped = (byte[])bytes.Clone();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }

    private static KekSecrets Secrets(int seed, Guid database) => KekSecrets.Current(Vault.Provider(seed), database, Vault.Path);

    private static byte[] Derived(byte[] file, string password)
    {
        var key = new byte[32];
        KeyFileContent.Decode(file, Vault.Path).Derivation!.Derive(Encoding.UTF8.GetBytes(password), key);
        return key;
    }

    private sealed class ScriptedProvider(KekId id, byte[] key) : IKeyProvider
    {
        private readonly Exception? _error;

        public ScriptedProvider(KekId id, Exception error)
            : this(id, []) => _error = error;

        public KekId Current => id;

        public bool TryGetKey(KekId wanted, Span<byte> destination)
        {
            if (_error is not null)
                throw _error;
            if (wanted != id)
                return false;
            key.CopyTo(destination);
            return true;
        }

        public void Dispose()
        {
        }
    }
}
