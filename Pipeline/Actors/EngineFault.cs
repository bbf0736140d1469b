using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Holds the first failure of a write path, once. Any thread.</summary>
internal sealed class EngineFault
{
    private const string NotAcknowledged = "The commit was not acknowledged";

    private Exception? _first;
    private int _position = -1;
    private bool _isLasting;

    /// <summary>Raised once, on the thread that reported the first failure; handlers must be quick and must not throw.</summary>
    public event Action<Exception>? Raised;

    public Exception? First => Volatile.Read(ref _first);

    public bool IsSet => First is not null;

    /// <summary>Did everything that failed fail for want of the disk? Then the path can begin again. What a failed sync leaves behind is the log's own knowledge.</summary>
    public bool IsResumable => IsSet && !Volatile.Read(ref _isLasting);

    /// <summary>Does a stage at this place refuse? What a failed stage had handed on before goes on: it is in the log.</summary>
    public bool RefusesAt(int position) => position <= Volatile.Read(ref _position);

    /// <param name="error">What happened.</param>
    /// <param name="position">The place of the stage that failed.</param>
    public void Record(Exception error, int position)
    {
        if (error is not HeliosException { Code: "disk_full" or "io_error" or "store_failed" })
            Volatile.Write(ref _isLasting, true);
        var first = Interlocked.CompareExchange(ref _first, error, null) is null;
        int known;
        while ((known = Volatile.Read(ref _position)) < position && Interlocked.CompareExchange(ref _position, position, known) != known)
        {
        }

        if (first)
            Raised?.Invoke(error);
    }

    /// <summary>What a commit is told that comes after the failure.</summary>
    public HeliosException Refusal() => RefusalFor(First);

    /// <summary>A failure behind the answer where there is no log: what was answered and not flushed goes with the engine.</summary>
    public static HeliosException Unlogged(HeliosException cause, Lsn flushed) => new(HeliosErrorKind.Unavailable, cause.Code,
        $"{NotAcknowledged}: an earlier one failed ({cause.Message}) There is no log: what came after LSN {flushed} is not flushed, and lost unless closing the engine still can. Mend the cause, close, and open the database again.", cause)
    { Lsn = flushed };

    /// <remarks>It may be told of a commit that is in the log: the next open decides, so the words leave it open.</remarks>
    public static HeliosException RefusalFor(Exception? cause) => cause switch
    {
        HeliosException refusal when refusal.Message.StartsWith(NotAcknowledged, StringComparison.Ordinal) => refusal, // said once is enough
        HeliosException helios => new HeliosException(HeliosErrorKind.Unavailable, helios.Code,
            $"{NotAcknowledged}: an earlier one failed ({helios.Message}) What was acknowledged holds.{(helios.Code == "disk_full" ? " Free space, then resume, or open the database again." : "")}", helios),
        null => new HeliosException(HeliosErrorKind.Closed, "closed", "The engine is closed; the commit was not written."),
        _ => new HeliosException(HeliosErrorKind.Unavailable, "stage_failed",
            $"{NotAcknowledged}: a stage failed ({cause.Message}) What was acknowledged holds; open the database again.", cause),
    };
}
