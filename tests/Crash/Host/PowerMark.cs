using System.Runtime.InteropServices;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Notes in the recorder's journal, between the writes and syncs, how many commits have been acknowledged. Nothing where no recorder is loaded.</summary>
internal static unsafe class PowerMark
{
    private static readonly delegate* unmanaged<byte*, ulong, ulong> s_mark = Find();

    public static void Acknowledged(int commits)
    {
        if (s_mark is null)
            return;
        fixed (byte* tag = "acked\0"u8)
            s_mark(tag, (ulong)commits);
    }

    private static delegate* unmanaged<byte*, ulong, ulong> Find() =>
        NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "pls_mark", out var address)
            ? (delegate* unmanaged<byte*, ulong, ulong>)address
            : null;
}
