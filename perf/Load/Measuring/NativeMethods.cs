using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Helios.Pipeline.Load;

/// <summary>Calls of the system that .NET has no name for. Linux.</summary>
internal static partial class NativeMethods
{
    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int DataSync(SafeFileHandle file);

    /// <summary>Writes everything that any process has written and the disk does not have.</summary>
    [LibraryImport("libc", EntryPoint = "sync")]
    public static partial void SyncAll();

    [LibraryImport("libc", EntryPoint = "getrusage", SetLastError = true)]
    public static partial int ResourceUsage(int who, out ResourceUse use);

    /// <summary>struct rusage of 64-bit Linux: of the whole process, threads that have ended included.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ResourceUse
    {
        public long UserSeconds;
        public long UserMicros;
        public long SystemSeconds;
        public long SystemMicros;
        public long MaxResidentKiB;
        public long SharedText;
        public long UnsharedData;
        public long UnsharedStack;
        public long MinorFaults;
        public long MajorFaults;
        public long Swaps;
        public long BlocksIn;
        public long BlocksOut;
        public long MessagesSent;
        public long MessagesReceived;
        public long Signals;
        public long VoluntarySwitches;
        public long InvoluntarySwitches;
    }
}
