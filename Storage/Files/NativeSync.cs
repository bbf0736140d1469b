using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Helios.Pipeline.Storage;

/// <summary>The calls that make bytes and names durable, with their results looked at.</summary>
/// <remarks>
/// The runtime's own flush calls report success when fsync failed (seen on .NET 10.0.12, Linux), and it has no call for directories.
/// Linux x64 is tested; the branches for macOS and Windows are written from their documentation and are untested.
/// </remarks>
internal static partial class NativeSync
{
    private const int Interrupted = 4; // EINTR, Linux and macOS alike
    private const int FullFsync = 51;  // F_FULLFSYNC: fsync on macOS stops at the drive's cache

    /// <summary>Makes the content of a file durable; throws <see cref="IOException"/> with the errno otherwise.</summary>
    public static void File(SafeFileHandle handle, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            if (!FlushFileBuffers(handle))
                throw new IOException($"FlushFileBuffers failed for '{path}'.", Marshal.GetHRForLastWin32Error());
            return;
        }

        int result;
        do
        {
            result = OperatingSystem.IsMacOS() ? FileControl(handle, FullFsync) : FileDataSync(handle);
        }
        while (result != 0 && Marshal.GetLastPInvokeError() == Interrupted);
        if (result != 0)
            throw StorageErrors.FromErrno(Marshal.GetLastPInvokeError(), "fdatasync", path);
    }

    /// <summary>Makes the names in a directory durable. Nothing to do on Windows: NTFS journals names, and a directory cannot be flushed without backup rights.</summary>
    public static void Directory(string path)
    {
        if (OperatingSystem.IsWindows())
            return;

        using var handle = OpenDirectory(path);
        int result;
        do
        {
            result = OperatingSystem.IsMacOS() ? FileControl(handle, FullFsync) : FileSync(handle);
        }
        while (result != 0 && Marshal.GetLastPInvokeError() == Interrupted);
        if (result != 0)
            throw StorageErrors.FromErrno(Marshal.GetLastPInvokeError(), "fsync of the directory", path);
    }

    private static SafeFileHandle OpenDirectory(string path)
    {
        while (true)
        {
            var descriptor = Open(path, DirectoryFlags);
            if (descriptor >= 0)
                return new SafeFileHandle(descriptor, ownsHandle: true);
            if (Marshal.GetLastPInvokeError() != Interrupted)
                throw StorageErrors.FromErrno(Marshal.GetLastPInvokeError(), "open of the directory", path);
        }
    }

    /// <summary>O_RDONLY | O_DIRECTORY | O_CLOEXEC: the numbers differ by system, and on Linux by processor.</summary>
    private static int DirectoryFlags => OperatingSystem.IsMacOS()
        ? 0x0010_0000 | 0x0100_0000
        : 0x0008_0000 | (RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x4000 : 0x1_0000);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FileDataSync(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FileSync(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FileControl(SafeFileHandle handle, int command);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushFileBuffers(SafeFileHandle handle);
}
