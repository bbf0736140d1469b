namespace Helios.Pipeline.Storage.Tests.Encryption;

public sealed class GcmContextTests
{
    private static readonly byte[] s_key = Vault.Key(1);

    /// <summary>Each implementation there is on this machine.</summary>
    public static TheoryData<string> Implementations => Libcrypto.IsAvailable ? ["runtime", "libcrypto"] : ["runtime"];

    /// <summary>Around a block, a row, and a frame.</summary>
    public static int[] Lengths => [0, 1, 15, 16, 17, 120, 2047, 2048, 2049, 65_536, 1 << 20];

    [Fact]
    public void The_fast_implementation_is_there_on_Linux()
    {
        Assert.Equal(OperatingSystem.IsLinux(), Libcrypto.IsAvailable);
    }

    [Theory]
    [MemberData(nameof(Implementations))]
    public void Published_vectors_are_met(string implementation)
    {
        // Test cases 14 and 16 of the specification of GCM: AES-256, 96-bit nonce; the second with additional data.
        Check(implementation, new string('0', 64), new string('0', 24), "00000000000000000000000000000000", "",
            "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919");
        Check(implementation, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853bb2d551b");
    }

    [Theory]
    [MemberData(nameof(Implementations))]
    public void What_one_writes_the_other_reads_at_every_length_and_in_place(string implementation)
    {
        using var writer = Make(implementation, s_key);
        using var reader = new RuntimeGcm(s_key);
        var (nonce, tag, otherTag, aad) = (new byte[12], new byte[16], new byte[16], Vault.Key(5));
        foreach (var length in Lengths)
        {
            nonce[0]++;
            var plain = new byte[length];
            new Random(length).NextBytes(plain);
            var (one, other) = ((byte[])plain.Clone(), new byte[length]);
            writer.Encrypt(nonce, one, one, tag, aad);
            reader.Encrypt(nonce, plain, other, otherTag, aad);
            Assert.True(one.AsSpan().SequenceEqual(other) && tag.AsSpan().SequenceEqual(otherTag), $"{length} bytes differ");
            Assert.True(writer.TryDecrypt(nonce, one, tag, one, aad), $"{length} bytes do not verify");
            Assert.True(one.AsSpan().SequenceEqual(plain), $"{length} bytes come back changed");
        }
    }

    [Theory]
    [MemberData(nameof(Implementations))]
    public void What_does_not_verify_is_zeros_and_the_object_goes_on(string implementation)
    {
        using var cipher = Make(implementation, s_key);
        foreach (var length in Lengths)
        {
            var (plain, stored, tag, nonce) = (new byte[length], new byte[length], new byte[16], new byte[12]);
            plain.AsSpan().Fill(0x55);
            cipher.Encrypt(nonce, plain, stored, tag, []);
            tag[3] ^= 1;
            var back = new byte[length];
            back.AsSpan().Fill(0xAA);
            Assert.False(cipher.TryDecrypt(nonce, stored, tag, back, []));
            Assert.False(back.AsSpan().ContainsAnyExcept((byte)0));
            tag[3] ^= 1;
            Assert.True(cipher.TryDecrypt(nonce, stored, tag, back, []));
            Assert.True(back.AsSpan().SequenceEqual(plain));
        }
    }

    [Theory]
    [MemberData(nameof(Implementations))]
    public void Sizes_are_checked_and_a_disposed_object_is_refused(string implementation)
    {
        var cipher = Make(implementation, s_key);
        Assert.Throws<ArgumentOutOfRangeException>(() => cipher.Encrypt(new byte[11], new byte[4], new byte[4], new byte[16], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => cipher.Encrypt(new byte[12], new byte[4], new byte[3], new byte[16], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => cipher.TryDecrypt(new byte[12], new byte[4], new byte[15], new byte[4], []));
        cipher.Dispose();
        cipher.Dispose();
        Assert.Throws<ObjectDisposedException>(() => cipher.Encrypt(new byte[12], new byte[4], new byte[4], new byte[16], []));
    }

    private static GcmContext Make(string implementation, ReadOnlySpan<byte> key) =>
        implementation == "libcrypto" ? new LibcryptoGcm(key) : new RuntimeGcm(key);

    private static void Check(string implementation, string key, string nonce, string plain, string aad, string encrypted, string tag)
    {
        using var cipher = Make(implementation, Convert.FromHexString(key));
        var (output, mac) = (new byte[plain.Length / 2], new byte[16]);
        cipher.Encrypt(Convert.FromHexString(nonce), Convert.FromHexString(plain), output, mac, Convert.FromHexString(aad));
        Assert.Equal((encrypted, tag), (Convert.ToHexStringLower(output), Convert.ToHexStringLower(mac)));
    }
}
