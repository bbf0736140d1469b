using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>What was cut from a manifest.</summary>
/// <param name="Path">The manifest.</param>
/// <param name="Offset">Its length now, in bytes.</param>
/// <param name="Bytes">How many were cut.</param>
internal sealed record ManifestCut(string Path, long Offset, long Bytes);

/// <summary>Cuts a manifest of the store that a power loss has torn, where the log makes good what is cut.</summary>
/// <remarks>
/// RocksDB appends to its manifest and then syncs it. What it appended and did not sync names files of a flush or a compaction that was not over: the log still
/// has all of it. A power loss may leave zeros in the middle of it, which RocksDB takes for damage. It cannot be told from real damage by the looks; so first
/// the store is looked at as it would be without it, and only if the log goes on from there, whole, the manifest is cut.
/// </remarks>
internal sealed class TornManifest(RecoveryOptions options)
{
    /// <summary>Cuts the manifest, durably, or throws.</summary>
    /// <param name="damage">Why the store could not be opened.</param>
    /// <exception cref="HeliosException"><paramref name="damage"/>, where it is not a torn manifest or the log does not reach back far enough; "io_error", "disk_full". Nothing was changed then.</exception>
    public ManifestCut Mend(HeliosException damage)
    {
        try
        {
            if (StoreTrial.Find(options.Files, options.StoreDirectory) is not { } trial || Applied(trial) is not { } applied)
                throw damage;
            CheckLog(applied, damage);
            trial.Cut();
            LogMessages.ManifestCut(options.Logger, trial.Manifest, trial.Whole, trial.Length - trial.Whole, applied.Value);
            return new ManifestCut(trial.Manifest, trial.Whole, trial.Length - trial.Whole);
        }
        catch (IOException error)
        {
            throw StorageErrors.From(error, $"The torn manifest of the store in {options.StoreDirectory} could not be looked at or cut. Nothing was lost by trying; open the database again.");
        }
    }

    /// <summary>How far the store is without the torn end; null where that is no store.</summary>
    private Lsn? Applied(StoreTrial trial)
    {
        try
        {
            return trial.Applied(options.Store, options.Path.Time, options.Keys)?.Lsn ?? Lsn.Zero;
        }
        catch (HeliosException error) when (error.Code is "corrupt" or "store_failed")
        {
            return null; // files or families are missing then: what RocksDB said first stands
        }
    }

    private void CheckLog(Lsn applied, HeliosException damage)
    {
        try
        {
            WalScanner.Run(options.Files, options.LogDirectory, options.DatabaseId, new WalExpectation { MustReach = applied, MustHoldAfter = applied });
        }
        catch (HeliosException error) when (error.Kind == HeliosErrorKind.Corrupt)
        {
            throw new HeliosException(HeliosErrorKind.Corrupt, damage.Code, $"{damage.Message} Without the damaged end of its manifest the store would be at LSN {applied}, but the log does not make good the rest: {error.Message}", damage) { Lsn = applied };
        }
    }
}
