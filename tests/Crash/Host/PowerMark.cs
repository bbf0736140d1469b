using System.Runtime.InteropServices;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Notes in the recorder's journal, between the writes and syncs, what has been promised and told by then. Nothing where no recorder is loaded.</summary>
internal static unsafe class PowerMark
{
    public const string PromisedTag = "promised";
    public const string ToldTag = "told";

    private static readonly delegate* unmanaged<byte*, ulong, ulong> s_mark = Find();

    /// <summary>From here on a power loss must leave this many commits.</summary>
    public static void Promised(int commits) => Mark(PromisedTag, (ulong)Math.Max(commits, 0));

    /// <summary>A caller has seen this LSN: it may never mean something else.</summary>
    public static void Told(Lsn lsn) => Mark(ToldTag, lsn.Value);

    private static void Mark(string tag, ulong value)
    {
        if (s_mark is null)
            return;
        fixed (byte* text = Encoding.UTF8.GetBytes(tag + '\0'))
            s_mark(text, value);
    }

    private static delegate* unmanaged<byte*, ulong, ulong> Find() =>
        NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "pls_mark", out var address)
            ? (delegate* unmanaged<byte*, ulong, ulong>)address
            : null;
}
