using System.Runtime.InteropServices;

namespace Helios.Pipeline.Storage;

/// <summary>What is asked of the system about memory that was taken already.</summary>
internal static unsafe partial class SystemMemory
{
    private const int HugePages = 14; // MADV_HUGEPAGE of Linux

    /// <summary>A wish: where the system does not know it or has none, the memory stays in small pages.</summary>
    public static void AskForHugePages(byte* start, long bytes)
    {
        if (OperatingSystem.IsLinux())
            _ = Advise(start, (nuint)bytes, HugePages);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(byte* start, nuint bytes, int advice);
}
