namespace Helios.Pipeline.Storage;

/// <summary>The file system of the machine. Files are made for the owner alone (0600, directories 0700 on Unix).</summary>
internal sealed class PhysicalFiles : IStorageFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static PhysicalFiles Instance { get; } = new();

    public IStorageFile Create(string path) => Open(path, FileMode.CreateNew, FileAccess.ReadWrite, "create");

    public IStorageFile Open(string path, bool writable) =>
        Open(path, FileMode.Open, writable ? FileAccess.ReadWrite : FileAccess.Read, "open");

    public bool Exists(string path) => File.Exists(path);

    public IReadOnlyList<string> List(string directory) =>
        Guard(directory, "list", static path => Directory.Exists(path) ? Directory.GetFiles(path) : []);

    public void CreateDirectory(string path)
    {
        Guard(path, "mkdir", static path => OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(path)
            : Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute));
    }

    public void Rename(string source, string target)
    {
        try
        {
            File.Move(source, target, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.Normalize(error, $"rename to '{target}'", source);
        }
    }

    public void Delete(string path)
    {
        Guard(path, "delete", static path =>
        {
            File.Delete(path);
            return 0;
        });
    }

    public void SyncDirectory(string directory) => NativeSync.Directory(directory);

    public long FreeBytes(string directory) => Guard(directory, "free space", static path =>
    {
        var at = Path.GetFullPath(path);
        while (!Directory.Exists(at) && Path.GetDirectoryName(at) is { } above)
            at = above;
        // On Unix any directory names its file system (statfs); on Windows the root does.
        return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(at)! : at).AvailableFreeSpace;
    });

    private static PhysicalFile Open(string path, FileMode mode, FileAccess access, string operation)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = access,
            Share = FileShare.ReadWrite | FileShare.Delete, // readers follow the writer, and retention deletes under readers
            BufferSize = 0,                                  // nothing may wait in this process: a killed process must lose nothing
        };
        if (mode == FileMode.CreateNew && !OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        try
        {
            return new PhysicalFile(new FileStream(path, options), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.Normalize(error, operation, path);
        }
    }

    private static T Guard<T>(string path, string operation, Func<string, T> action)
    {
        try
        {
            return action(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.Normalize(error, operation, path);
        }
    }
}
