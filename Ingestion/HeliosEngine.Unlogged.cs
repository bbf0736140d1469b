using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

public sealed partial class HeliosEngine
{
    private static void CheckOptions(HeliosOptions options)
    {
        if (options.WithoutLog && options.SafetyLevel != SafetyLevel.Unsafe)
            throw new ArgumentException($"{nameof(HeliosOptions.WithoutLog)} needs {nameof(HeliosOptions.SafetyLevel)} Unsafe, and it is {options.SafetyLevel}: without a log nothing can be synced at that level.", nameof(options));
    }

    private void RefuseWithoutLog()
    {
        if (_options.WithoutLog)
            throw new HeliosException(HeliosErrorKind.Invalid, "without_log", $"The database in '{Path}' was opened without a log: there is no other safety level until it is opened again with one. Nothing was changed.");
    }

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
