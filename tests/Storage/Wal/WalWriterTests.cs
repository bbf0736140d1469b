using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests.Wal;

public sealed class WalWriterTests
{
    [Fact]
    public void What_was_appended_is_read_back_after_reopening()
    {
        var files = new MemoryFiles();
        using (var log = new WalFixture(files))
        {
            for (var i = 0; i < 500; i++)
                log.Append(payloadBytes: i * 7 % 3000);
            log.Writer.Sync();
            Assert.Equal(new Lsn(500), log.Writer.Durable);
        }

        using var reopened = new WalFixture(files, isNew: false);

        Assert.Equal(new Lsn(500), reopened.Recovered.Head);
        Assert.Null(reopened.Recovered.Cut);
        Assert.True(reopened.Recovered.Segments.Count > 10);
        Assert.Equal(Enumerable.Range(1, 500).Select(i => new Lsn((ulong)i)), WalFixture.ReadBack(files, new Lsn(500)));
    }
}
