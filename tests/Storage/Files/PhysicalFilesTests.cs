using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests.Files;

public sealed class PhysicalFilesTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "helios-files-" + Path.GetRandomFileName());

    public PhysicalFilesTests()
    {
        PhysicalFiles.Instance.CreateDirectory(_directory);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Bytes_come_back_from_where_they_were_put()
    {
        var path = Path.Combine(_directory, "a");
        using (var file = PhysicalFiles.Instance.Create(path))
        {
            file.Write([1, 2, 3], 10);
            file.Sync();
            Assert.Equal((13L, path), (file.Length, file.Path));
        }

        PhysicalFiles.Instance.SyncDirectory(_directory);
        using var again = PhysicalFiles.Instance.Open(path, writable: true);
        Span<byte> bytes = stackalloc byte[8];
        Assert.Equal(4, again.Read(bytes, 9));
        Assert.Equal([0, 1, 2, 3], bytes[..4].ToArray());
        again.SetLength(11);
        Assert.Equal(0, again.Read(bytes, 11));
        Assert.Equal([path], PhysicalFiles.Instance.List(_directory));
    }

    [Fact]
    public void Files_and_directories_are_for_their_owner_alone()
    {
        if (OperatingSystem.IsWindows())
            return; // no such modes there

        var inner = Path.Combine(_directory, "sub");
        PhysicalFiles.Instance.CreateDirectory(inner);
        PhysicalFiles.Instance.Create(Path.Combine(inner, "a")).Dispose();
        DirectoryLock.Acquire(inner).Dispose();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(inner));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(inner, "a")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(inner, "lock")));
    }

    [Fact]
    public void An_error_is_an_io_exception_with_errno_and_the_name_of_the_file()
    {
        var missing = Path.Combine(_directory, "missing");

        var open = Assert.Throws<IOException>(() => PhysicalFiles.Instance.Open(missing, writable: false));
        var sync = Assert.Throws<IOException>(() => PhysicalFiles.Instance.SyncDirectory(missing));
        PhysicalFiles.Instance.Create(missing).Dispose();
        var twice = Assert.Throws<IOException>(() => PhysicalFiles.Instance.Create(missing));

        Assert.Equal((StorageErrors.NotFound, StorageErrors.NotFound), (open.HResult, sync.HResult));
        Assert.All([open, sync, twice], error => Assert.Contains(missing, error.Message, StringComparison.Ordinal));
        Assert.Empty(PhysicalFiles.Instance.List(Path.Combine(_directory, "nowhere")));
    }

    [Fact]
    public void A_sync_that_the_system_refuses_is_told()
    {
        if (!OperatingSystem.IsLinux())
            return; // devices differ elsewhere

        // A character device cannot be synced: the system says EINVAL, and so must we.
        using var stream = new FileStream("/dev/null", new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, BufferSize = 0 });
        using var file = new PhysicalFile(stream, "/dev/null");

        var error = Assert.Throws<IOException>(file.Sync);

        Assert.Equal(22, error.HResult);
        Assert.Contains("'/dev/null'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_known_for_one()
    {
        if (!OperatingSystem.IsLinux())
            return;

        using var stream = new FileStream("/dev/full", new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, BufferSize = 0 });
        using var file = new PhysicalFile(stream, "/dev/full");

        var error = Assert.Throws<IOException>(() => file.Write([1], 0));

        Assert.True(StorageErrors.IsDiskFull(error));
        Assert.Equal("disk_full", StorageErrors.From(error, "It was refused.").Code);
    }

    [Fact]
    public void Free_space_is_that_of_the_file_system_also_for_a_directory_that_is_not_there()
    {
        var free = PhysicalFiles.Instance.FreeBytes(_directory);
        var disk = new DriveInfo(_directory);
        Assert.InRange(free, 1, disk.TotalSize);
        Assert.InRange(PhysicalFiles.Instance.FreeBytes(Path.Combine(_directory, "not", "there")), 1, disk.TotalSize);
        if (Directory.Exists("/proc/self"))
            Assert.Equal(0, PhysicalFiles.Instance.FreeBytes("/proc/self")); // a file system of its own, without room
    }

    [Fact]
    public void A_directory_is_locked_by_the_open_handle_and_not_by_the_file()
    {
        var held = DirectoryLock.Acquire(_directory);
        var busy = Assert.Throws<HeliosException>(() => DirectoryLock.Acquire(_directory));
        Assert.Equal((HeliosErrorKind.Busy, "busy"), (busy.Kind, busy.Code));
        held.Dispose();
        Assert.True(File.Exists(Path.Combine(_directory, "lock"))); // as after a kill

        using var next = DirectoryLock.Acquire(_directory);

        Assert.Equal("io_error", Assert.Throws<HeliosException>(() => DirectoryLock.Acquire(Path.Combine(_directory, "nowhere"))).Code);
    }

    [Fact]
    public void A_replaced_file_is_old_or_new_after_a_power_loss_at_any_call()
    {
        for (var nth = 1; ; nth++)
        {
            var memory = new MemoryFiles();
            AtomicFile.Replace(memory, "/db/identity", "old old"u8);
            var files = new FaultyFiles(memory);
            var left = nth;
            files.Before = (_, _) =>
            {
                if (--left <= 0)
                    throw new OperationCanceledException(); // the power is gone
            };
            var done = false;
            try
            {
                AtomicFile.Replace(files, "/db/identity", "new"u8);
                done = true;
            }
            catch (OperationCanceledException)
            {
            }

            var unsynced = memory.Unsynced;
            for (var subset = 0; subset < 1 << unsynced.Count; subset++)
            {
                var kept = new HashSet<UnsyncedItem>(unsynced.Where((_, i) => (subset >> i & 1) != 0));
                var after = memory.AfterPowerLoss(kept.Contains);
                var content = System.Text.Encoding.UTF8.GetString(after.ReadAll("/db/identity"));
                Assert.True(done ? content == "new" : content is "old old" or "new", $"call {nth}, subset {subset}: '{content}'");
                AtomicFile.Replace(after, "/db/identity", "again"u8); // what was left lying does not matter
            }

            if (done)
                return;
        }
    }
}
