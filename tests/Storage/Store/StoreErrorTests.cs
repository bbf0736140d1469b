using System.Runtime.InteropServices;

namespace Helios.Pipeline.Storage.Tests;

public sealed class StoreErrorTests
{
    [Theory]
    [InlineData("IO error: While pwrite to file at offset 0: /data/a lock here/store/000012.sst: Input/output error", HeliosErrorKind.Unavailable, "io_error")]
    [InlineData("IO error: No space left on device: While appending to file: /data/a lock here/store/000012.sst", HeliosErrorKind.Unavailable, "disk_full")]
    [InlineData("IO error: While lock file: /data/store/LOCK: Resource temporarily unavailable", HeliosErrorKind.Busy, "busy")]
    [InlineData("IO error: lock hold by current process, acquire time 1 acquiring thread 2: /data/store/LOCK: No locks available", HeliosErrorKind.Busy, "busy")]
    [InlineData("Corruption: block checksum mismatch in /data/store/000012.sst", HeliosErrorKind.Corrupt, "corrupt")]
    public void What_RocksDB_says_has_one_code_whatever_the_directory_is_called(string text, HeliosErrorKind kind, string code)
    {
        var thrown = Assert.Throws<HeliosException>(() => StoreErrors.Check(Marshal.StringToCoTaskMemUTF8(text), "/data/store", "write to"));
        Assert.Equal((kind, code), (thrown.Kind, thrown.Code));
        Assert.Contains(text, thrown.Message, StringComparison.Ordinal);
    }
}
