using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Notes in the recorder's journal, between the writes and syncs, what has been promised and told by then. Nothing where no recorder is loaded.</summary>
internal static unsafe class PowerMark
{
    /// <summary>Commits that a power loss must leave.</summary>
    public const string PromisedTag = "promised";

    /// <summary>Commits that were answered: a kill must leave them, at every level.</summary>
    public const string AnsweredTag = "answered";

    /// <summary>Commits up to the one that a told duplicate rests on.</summary>
    public const string RefusedTag = "refused";

    /// <summary>The row count that a reader saw.</summary>
    public const string CountedTag = "counted";

    /// <summary>The newest LSN that readers saw.</summary>
    public const string PublishedTag = "published";

    /// <summary>The LSN of a commit that was answered.</summary>
    public const string ToldTag = "told";

    private static readonly delegate* unmanaged<byte*, ulong, ulong> s_mark = (delegate* unmanaged<byte*, ulong, ulong>)Find("pls_mark");

    private static readonly delegate* unmanaged<void> s_kill = (delegate* unmanaged<void>)Find("pls_kill");

    public static void Promised(int commits) => Mark(PromisedTag, (ulong)Math.Max(commits, 0));

    public static void Told(Lsn lsn) => Mark(ToldTag, lsn.Value);

    public static void Mark(string tag, ulong value)
    {
        if (s_mark is null)
            return;
        fixed (byte* text = Encoding.UTF8.GetBytes(tag + '\0'))
            s_mark(text, value);
    }

    /// <summary>SIGKILL, between two recorded operations.</summary>
    public static void KillProcess()
    {
        if (s_kill is not null)
            s_kill();
        Process.GetCurrentProcess().Kill();
    }

    private static nint Find(string name) => NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), name, out var address) ? address : 0;
}
