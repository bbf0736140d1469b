using System.Runtime.InteropServices;
using System.Text;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Sets the recorder's faults while the program runs.</summary>
internal static unsafe class FaultSwitch
{
    /// <param name="rules">As in PLS_FAULT; empty: nothing fails any more.</param>
    public static void Set(string rules)
    {
        if (!NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "pls_set_fault", out var address))
            throw new InvalidOperationException("No recorder is loaded.");
        fixed (byte* text = Encoding.UTF8.GetBytes(rules + '\0'))
            ((delegate* unmanaged<byte*, int>)address)(text);
    }
}
