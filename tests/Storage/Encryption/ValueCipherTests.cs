using System.Buffers.Binary;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests.Encryption;

public sealed class ValueCipherTests : IDisposable
{
    private readonly DatabaseKeys _keys = new Vault().Open();
    private readonly byte[] _storeKey = Vault.Key(3)[..KeySpace.RowKeySize];

    public void Dispose() => _keys.Dispose();

    [Fact]
    public void Values_and_keys_of_any_length_come_back()
    {
        var seed = TestSeed.Next();
        var random = new Random(seed);
        foreach (var keyLength in (int[])[0, 1, 20, 238, 239, 5000, KeySpace.MaxIndexKey + KeySpace.VacatedOverhead])
        {
            foreach (var length in (int[])[0, 1, 16, 120, 1999, 2000, 4096, 1 << 20, random.Next(1, 5000)])
            {
                var (key, plain) = (new byte[keyLength], new byte[length]);
                random.NextBytes(key);
                random.NextBytes(plain);
                var stored = new byte[ValueCipher.StoredLength(length) + 3];
                Assert.Equal(length + 29, _keys.Meta.Encrypt(key, plain, stored));
                var back = new byte[length + 2];
                Assert.True(_keys.Meta.TryDecrypt(key, stored.AsSpan(0, length + 29), back, out var written), $"key of {keyLength}, value of {length} bytes, seed {seed}");
                Assert.Equal(length, written);
                Assert.True(back.AsSpan(0, length).SequenceEqual(plain));
                if (length >= 16)
                    Assert.Equal(-1, stored.AsSpan().IndexOf(plain.AsSpan(0, 16)));
            }
        }
    }

    [Fact]
    public void Every_flipped_bit_of_the_stored_form_is_detected_and_tells_nothing()
    {
        var stored = Encrypt(_keys.Rows, Vault.Key(9));
        for (var bit = 0; bit < stored.Length * 8; bit++)
        {
            var back = Flipped(bit);
            Assert.False(back.AsSpan().ContainsAnyExcept((byte)0), $"bit {bit} gave bytes away");
        }

        byte[] Flipped(int bit)
        {
            var flipped = (byte[])stored.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            var back = new byte[32];
            Assert.False(_keys.Rows.TryDecrypt(_storeKey, flipped, back, out var length), $"bit {bit} was not noticed");
            Assert.Equal(0, length);
            var error = _keys.Rows.Refusal(flipped, "Row 7");
            Assert.Contains((error.Kind, error.Code), ((HeliosErrorKind, string)[])[(HeliosErrorKind.Corrupt, "corrupt"), (HeliosErrorKind.Unavailable, "format_too_new")]);
            Assert.StartsWith("Row 7", error.Message, StringComparison.Ordinal);
            return back;
        }
    }

    [Fact]
    public void A_value_cut_at_any_byte_or_lengthened_is_refused()
    {
        var stored = Encrypt(_keys.Rows, Vault.Key(9));
        for (var length = 0; length < stored.Length; length++)
        {
            Assert.False(_keys.Rows.TryDecrypt(_storeKey, stored.AsSpan(0, length), new byte[32], out _));
            Assert.Equal("corrupt", _keys.Rows.Refusal(stored.AsSpan(0, length), "Row 7").Code);
        }

        Assert.False(_keys.Rows.TryDecrypt(_storeKey, [.. stored, 0], new byte[33], out _));
    }

    [Fact]
    public void A_value_belongs_to_its_key_in_the_store_to_the_last_bit()
    {
        var (stored, back) = (Encrypt(_keys.Rows, Vault.Key(9)), new byte[32]);
        Assert.True(_keys.Rows.TryDecrypt(_storeKey, stored, back, out _));
        for (var bit = 0; bit < _storeKey.Length * 8; bit++)
        {
            var other = (byte[])_storeKey.Clone();
            other[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(_keys.Rows.TryDecrypt(other, stored, back, out _)); // row, partition, LSN
        }

        Assert.False(_keys.Rows.TryDecrypt(_storeKey.AsSpan(1), stored, back, out _));
        Assert.False(_keys.Rows.TryDecrypt([.. _storeKey, 0], stored, back, out _));
        Assert.Contains("it was changed, or it stood in another place", _keys.Rows.Refusal(stored, "Row 7").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_belongs_to_its_domain_and_database()
    {
        var stored = Encrypt(_keys.Rows, Vault.Key(9));
        Assert.False(_keys.Meta.TryDecrypt(_storeKey, stored, new byte[32], out _));

        // The very same keys under another database id: the file is sealed anew as nobody without the key could.
        var other = Guid.NewGuid();
        using var kek = KekSecrets.Current(Vault.Provider(1), Vault.Database, Vault.Path);
        using var otherKek = KekSecrets.Current(Vault.Provider(1), other, Vault.Path);
        var records = _keys.Records.Select(record =>
        {
            var key = new byte[32];
            Assert.True(kek.TryUnwrap(record, key));
            return otherKek.Wrap(record.Id, record.Purpose, record.Made, key);
        }).ToArray();
        var disk = new MemoryFiles();
        disk.WriteDurably(Vault.Path, new KeyFileContent(other, otherKek.Id, null, records).Encode(otherKek));
        using var keys = DatabaseKeys.Open(disk, Vault.Path, other, Vault.Provider(1), TimeProvider.System);
        Assert.False(keys.Rows.TryDecrypt(_storeKey, stored, new byte[32], out _));
    }

    [Fact]
    public void The_key_for_hashes_decrypts_nothing()
    {
        var stored = Encrypt(_keys.Rows, Vault.Key(9));
        BinaryPrimitives.WriteUInt32LittleEndian(stored.AsSpan(1), 1);
        Assert.False(_keys.Rows.TryDecrypt(_storeKey, stored, new byte[32], out _));
        Assert.Contains("data key 1, which", _keys.Rows.Refusal(stored, "Row 7").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_newer_format_is_told_apart()
    {
        var stored = Encrypt(_keys.Rows, Vault.Key(9));
        stored[0] = ValueCipher.Format + 1;
        Assert.False(_keys.Rows.TryDecrypt(_storeKey, stored, new byte[32], out _));
        Assert.Equal("format_too_new", _keys.Rows.Refusal(stored, "Row 7").Code);
    }

    [Fact]
    public void Equal_values_have_different_stored_forms()
    {
        Assert.NotEqual(Encrypt(_keys.Rows, [1, 2, 3])[ValueCipher.HeaderSize..], Encrypt(_keys.Rows, [1, 2, 3])[ValueCipher.HeaderSize..]);
    }

    [Fact]
    public void A_short_destination_is_misuse_and_costs_no_nonce()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _keys.Rows.Encrypt(_storeKey, new byte[10], new byte[38]));
        Assert.Equal(1ul, BinaryPrimitives.ReadUInt64LittleEndian(Encrypt(_keys.Rows, []).AsSpan(5)));
    }

    [Fact]
    public void A_value_allocates_nothing()
    {
        var (plain, stored, back) = (new byte[120], new byte[ValueCipher.StoredLength(120)], new byte[120]);
        var least = long.MaxValue;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
            {
                _keys.Rows.Encrypt(_storeKey, plain, stored);
                if (!_keys.Rows.TryDecrypt(_storeKey, stored, back, out _))
                    throw new InvalidOperationException();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public void Many_readers_decrypt_beside_the_writer()
    {
        var stored = Enumerable.Range(0, 64).Select(i => Encrypt(_keys.Rows, BitConverter.GetBytes(i))).ToArray();
        var wrong = 0;
        var readers = Enumerable.Range(0, 24).Select(reader => new Thread(() =>
        {
            var back = new byte[4];
            for (var i = 0; i < 2000; i++)
            {
                var expected = (reader + i) % stored.Length;
                if (!_keys.Rows.TryDecrypt(_storeKey, stored[expected], back, out _) || BitConverter.ToInt32(back) != expected)
                    Interlocked.Increment(ref wrong);
            }
        })).ToList();
        readers.ForEach(thread => thread.Start());
        for (var i = 0; i < 2000; i++)
            Encrypt(_keys.Rows, [1]);
        readers.ForEach(thread => thread.Join());
        Assert.Equal(0, wrong);
    }

    private byte[] Encrypt(ValueCipher cipher, ReadOnlySpan<byte> plain)
    {
        var stored = new byte[ValueCipher.StoredLength(plain.Length)];
        cipher.Encrypt(_storeKey, plain, stored);
        return stored;
    }
}
