namespace Helios.Pipeline.Storage;

/// <summary>Turns errors of the system into the engine's one exception.</summary>
internal static class StorageErrors
{
    /// <summary>errno values that stand in <see cref="Exception.HResult"/>; the same on Linux and macOS except EDQUOT.</summary>
    public const int NotFound = 2, Io = 5, AccessDenied = 13, TooManyOpenFiles = 24, NoSpace = 28, ReadOnly = 30;

    private const int LinuxQuota = 122, MacQuota = 69;
    private const int WindowsDiskFull = unchecked((int)0x80070070), WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>Does the error go away when space is freed?</summary>
    public static bool IsDiskFull(IOException error)
    {
        return OperatingSystem.IsWindows()
            ? error.HResult is WindowsDiskFull or WindowsHandleDiskFull
            : error.HResult == NoSpace || error.HResult == (OperatingSystem.IsMacOS() ? MacQuota : LinuxQuota);
    }

    /// <summary><paramref name="what"/> is a sentence that says what failed and what is still true.</summary>
    public static HeliosException From(IOException error, string what)
    {
        var code = IsDiskFull(error) ? "disk_full" : "io_error";
        return new HeliosException(HeliosErrorKind.Unavailable, code, $"{what} The system says: {error.Message}", error);
    }

    public static IOException FromErrno(int errno, string operation, string path)
    {
        return new IOException($"{operation} failed for '{path}': {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)} (errno {errno}).", errno);
    }

    /// <summary>The runtime hides errno behind types of its own in three cases: one shape for all of them.</summary>
    public static IOException Normalize(Exception error, string operation, string path)
    {
        return error switch
        {
            FileNotFoundException or DirectoryNotFoundException => FromErrno(NotFound, operation, path),
            UnauthorizedAccessException => FromErrno(AccessDenied, operation, path),
            _ => new IOException($"{operation} failed for '{path}': {error.Message}", error.HResult),
        };
    }
}
