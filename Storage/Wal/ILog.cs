namespace Helios.Pipeline.Storage;

/// <summary>The one order of a database, kept: append at the head, sync, read from a place, forget what nobody needs.</summary>
/// <remarks>
/// Appends come from one thread; <see cref="Sync"/>, <see cref="PrepareSpare"/>, <see cref="TrimBelow"/> and the properties may be called from any.
/// Errors are <see cref="HeliosException"/>: <c>disk_full</c> and <c>io_error</c> for a refused append (nothing of it is in the log, the next one may succeed),
/// <c>durability_lost</c> for everything after a failed sync.
/// </remarks>
internal interface ILog : IDisposable
{
    /// <summary>The LSN of the last commit appended.</summary>
    Lsn Head { get; }

    /// <summary>The LSN that the next commit must have. After an unclean open it lies well behind <see cref="Head"/> + 1, so that no LSN ever means two things.</summary>
    Lsn Next { get; }

    /// <summary>Everything up to here survives a power loss.</summary>
    Lsn Durable { get; }

    /// <summary>Does it outlive the process? Where it does not, <see cref="Sync"/> makes nothing durable: it says what the store has flushed.</summary>
    bool IsPersistent { get; }

    /// <summary>The epoch of what this process appends.</summary>
    ulong Epoch { get; }

    /// <summary>The oldest LSN that can be read; <see cref="Next"/> where there is none.</summary>
    Lsn Oldest { get; }

    /// <summary>Bytes of the frames appended since opening.</summary>
    long Bytes { get; }

    /// <summary>Memory that it keeps.</summary>
    long MemoryBytes { get; }

    /// <summary>Bytes of all segments together, the zeros not yet filled included.</summary>
    long TotalBytes { get; }

    /// <summary>What to store at a clean close (see <see cref="WalExpectation.CleanClose"/>), or null where the log is not in a state to be called clean.</summary>
    WalPosition? CleanPosition { get; }

    /// <summary>Syncs of appended frames since opening.</summary>
    int SyncCount { get; }

    /// <summary>Should a thread with nothing better to do call <see cref="PrepareSpare"/>?</summary>
    bool NeedsSpare { get; }

    /// <summary>Are segments made from now on filled with zeros before use? The appender's thread sets it; see <see cref="WalOptions.ZeroFill"/>.</summary>
    bool FillsSegments { get; set; }

    /// <summary>The segments there are, oldest first. Allocates; for inspection.</summary>
    IReadOnlyList<WalSegment> Segments { get; }

    /// <summary>Puts one frame at the head; it is in the page cache when this returns.</summary>
    /// <param name="frame"><see cref="WalFrame.HeaderSize"/> bytes of room, which are filled in place, and the payload. The log of an encrypted database leaves it as it is, and encrypts a copy.</param>
    /// <param name="first">Must be <see cref="Next"/>.</param>
    /// <param name="commits">1 or more; they have the LSNs from <paramref name="first"/> on.</param>
    /// <param name="commitTime">UTC ticks of 100 ns.</param>
    /// <param name="flags">What the payload went through before; encryption is the log's own business.</param>
    void Append(Span<byte> frame, Lsn first, int commits, long commitTime, WalFlags flags = WalFlags.None);

    /// <summary>Makes everything appended so far durable and returns how far that is. A failure fences the log.</summary>
    Lsn Sync();

    /// <summary>Makes the next segment ready, so that the appender need not. Takes tens of milliseconds for a large one.</summary>
    void PrepareSpare();

    /// <summary>Syncs, and makes a new segment the place of the next frame, so that nothing is appended where a write has failed. While nobody appends.</summary>
    /// <exception cref="HeliosException"><c>disk_full</c>, <c>io_error</c>: it is as it was, and may be tried again. <c>durability_lost</c>: the log is fenced.</exception>
    void BeginSegment();

    /// <summary>Forgets whole segments whose commits all lie before an LSN; never the newest, nor the one before it while the newest has no durable commit.</summary>
    void TrimBelow(Lsn lsn);

    /// <summary>Reads from the frame that holds <paramref name="from"/>, or the first one after it. Throws <c>lsn_too_old</c> where that was trimmed away.</summary>
    ILogReader Read(Lsn from);
}

/// <summary>Reads frames in order, while others append. One thread at a time.</summary>
internal interface ILogReader : IDisposable
{
    /// <summary>The next frame that lies wholly at or before <paramref name="upTo"/>; false where there is none yet: ask again later.</summary>
    /// <param name="upTo">An LSN that <see cref="ILog.Head"/> (or <see cref="ILog.Durable"/>) has reached.</param>
    /// <param name="frame">Its payload is decrypted, the header as it is stored. Valid until the next call.</param>
    bool TryRead(Lsn upTo, out WalFrame frame);
}

/// <summary>One file of the log, for inspection.</summary>
/// <param name="Id">Ascending without gaps.</param>
/// <param name="Path">The file.</param>
/// <param name="Bytes">Its length, the zeros behind the last frame included.</param>
/// <param name="First">LSN of its first commit.</param>
/// <param name="Last">LSN of its last commit; before <paramref name="First"/> where it has none.</param>
/// <param name="Epoch">Raised by every open that appends.</param>
internal readonly record struct WalSegment(ulong Id, string Path, long Bytes, Lsn First, Lsn Last, ulong Epoch);
