using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

public sealed partial class HeliosEngine
{
    private static void CheckOptions(HeliosOptions options)
    {
        if (options.WithoutLog && options.SafetyLevel != SafetyLevel.Unsafe)
            throw new ArgumentException($"{nameof(HeliosOptions.WithoutLog)} needs {nameof(HeliosOptions.SafetyLevel)} Unsafe, and it is {options.SafetyLevel}: without a log nothing can be synced at that level.", nameof(options));
    }

    private void RefuseWithoutLog(string what)
    {
        if (_options.WithoutLog)
            throw new HeliosException(HeliosErrorKind.Invalid, "without_log", $"The database in '{Path}' was opened without a log: {what} until it is opened again. Nothing was changed.");
    }

    /// <summary>The path has failed, and there is no log that what was answered could come back from: what was applied is whole, so the store may still have it.</summary>
    private void FlushLast(Exception fault)
    {
        try
        {
            Parts.Store.Flush();
            Parts.Durable.Reach(Parts.Store.FlushedLsn());
        }
        catch (HeliosException error)
        {
            if (Durable < Visible)
                throw Lost(error);
        }

        if (Durable < Visible)
            throw Lost(fault);
    }

    private HeliosException Lost(Exception cause) =>
        new(HeliosErrorKind.Unavailable, (cause as HeliosException)?.Code ?? "stage_failed",
            $"The database in '{Path}' is closed. It had no log, and what was written after LSN {Durable} could not be flushed: it is lost ({cause.Message}) Everything up to there holds; open it again.", cause)
        { Lsn = Durable };

    /// <summary>The store's files have everything: leaves an ordinary database, whose log begins at the head.</summary>
    private void BeginLog()
    {
        Parts.Durable.Reach(Parts.Applied.Value);
        if (_temporary)
            return; // it goes with its engine
        new UnloggedDatabase(_options.Files, _directory.UnloggedPath, _directory.LogPath, Identity.Id).End(
            new WalSegmentHeader { DatabaseId = Identity.Id, Before = Parts.Log.Head, First = Parts.Log.Next, Epoch = Parts.Log.Epoch + 1 });
    }
}
