namespace Helios.Pipeline.Storage;

/// <summary>What the log says when it refuses: which file, which place, what is still true.</summary>
internal static class WalErrors
{
    public static HeliosException Damaged(string path, long offset, Lsn expected, string proof) =>
        new(HeliosErrorKind.Corrupt, "corrupt",
            $"Log segment '{path}' is damaged at byte {offset}: LSN {expected} is expected there, and {proof}. Nothing was changed; everything before LSN {expected} is intact.")
        { Lsn = expected };

    public static HeliosException MissingSegment(string path, Lsn expected, string proof) =>
        new(HeliosErrorKind.Corrupt, "corrupt",
            $"Log segment '{path}' is missing (byte 0): LSN {expected} is expected there, and {proof}. Nothing was changed.")
        { Lsn = expected };

    public static HeliosException Unfit(string directory, string what) =>
        new(HeliosErrorKind.Corrupt, "corrupt", $"The log in '{directory}' does not fit: {what}. Nothing was changed.");

    public static HeliosException WrongSort(string path, long offset, Lsn first, bool encrypted) =>
        new(HeliosErrorKind.Corrupt, "corrupt",
            $"Log segment '{path}' holds a frame at byte {offset}, LSN {first}, that is {(encrypted ? "encrypted, and the database is not" : "not encrypted, and the database is")}: it was put there, or the identity of the database was changed. Nothing was changed.")
        { Lsn = first };

    public static HeliosException TooNew(string path, long offset, int version) =>
        new(HeliosErrorKind.Unavailable, "format_too_new",
            $"Log segment '{path}' was written by a newer program (format version {version} at byte {offset}; this one knows {WalFormat.Version}). Nothing was changed; open it with that program.");

    public static HeliosException TooOld(Lsn asked, Lsn oldest) =>
        new(HeliosErrorKind.Invalid, "lsn_too_old",
            $"The log no longer holds LSN {asked}; the oldest it has is {oldest}. Start from a snapshot of the data instead.")
        { Lsn = oldest };

    public static HeliosException TooOldInMemory(Lsn asked, Lsn oldest) =>
        new(HeliosErrorKind.Invalid, "lsn_too_old",
            $"The database is open without a log, and its memory no longer holds LSN {asked}; the oldest it has is {oldest}. Start from a snapshot of the data instead, or open it with more LogRingBytes.")
        { Lsn = oldest };

    public static HeliosException Exhausted() =>
        new(HeliosErrorKind.Unavailable, "lsn_exhausted", $"The database has used its last LSN, {Lsn.Max}. It can be read; copy it into a new one to go on.");

    public static HeliosException Fenced(Exception cause) =>
        new(HeliosErrorKind.Unavailable, "durability_lost",
            $"The log takes no more writes since a sync failed ({cause.Message.TrimEnd('.')}). What was answered as durable holds; mend the disk and open the database again.", cause);
}
