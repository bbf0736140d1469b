namespace Helios.Pipeline.Storage;

/// <summary>Keeps a database directory for one engine, until disposed or until the process ends, however it ends.</summary>
/// <remarks>The lock is the open handle, never the file: a file that a killed process left behind stops nobody.</remarks>
internal sealed class DirectoryLock : IDisposable
{
    public const string FileName = "lock";

    private const int LinuxWouldBlock = 11, MacWouldBlock = 35, WindowsSharing = unchecked((int)0x80070020);

    private readonly FileStream _handle;

    private DirectoryLock(FileStream handle)
    {
        _handle = handle;
    }

    /// <summary>Takes the lock of a directory that exists, or throws <see cref="HeliosException"/> with code <c>busy</c> where it is held.</summary>
    public static DirectoryLock Acquire(string directory)
    {
        var path = Path.Combine(directory, FileName);
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new DirectoryLock(new FileStream(path, options));
        }
        catch (IOException error) when (error.HResult is LinuxWouldBlock or MacWouldBlock or WindowsSharing)
        {
            throw new HeliosException(HeliosErrorKind.Busy, "busy",
                $"The database at '{directory}' is open in another process or engine. Nothing was changed; try again when it has closed.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.From(StorageErrors.Normalize(error, "lock", path), $"The database at '{directory}' cannot be locked; nothing was changed.");
        }
    }

    public void Dispose() => _handle.Dispose();
}
