using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Storage.Tests.Wal;

public sealed class Crc32CTests
{
    [Fact]
    public void The_published_check_values_hold()
    {
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0u, Crc32C.Compute([]));
    }

    [Fact]
    public void The_pieces_may_be_cut_anywhere()
    {
        var bytes = new byte[300];
        new Random(1).NextBytes(bytes);
        for (var cut = 0; cut <= bytes.Length; cut++)
            Assert.Equal(Crc32C.Compute(bytes), Crc32C.Finish(Crc32C.Append(Crc32C.Append(Crc32C.Seed, bytes.AsSpan(0, cut)), bytes.AsSpan(cut))));
    }
}
