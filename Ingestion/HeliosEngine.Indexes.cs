using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Ingestion;

public sealed partial class HeliosEngine
{
    internal int IndexSnapshotsFinished => _indexSnapshots?.Finished ?? 0;

    /// <summary>Makes an index snapshot now; null where none is made, or the log has no commit yet that it could name.</summary>
    internal Task<Lsn?> SnapshotIndexesAsync(CancellationToken cancellationToken = default) =>
        _indexSnapshots?.MakeNowAsync(cancellationToken) ?? Task.FromResult<Lsn?>(null);

    /// <summary>Without a log there is nothing that could complete a snapshot; a temporary database is never opened again.</summary>
    private IndexSnapshotStage? MakeIndexSnapshots()
    {
        var logger = _options.LoggerFactory.CreateLogger<IndexSnapshotStage>();
        if (_options.IndexSnapshots && !_options.WithoutLog && !_temporary)
        {
            return new IndexSnapshotStage(_recovered, _options.Files, _keys, _checkpoints.RunNowAsync,
                new IndexSnapshotOptions(_directory.IndexesPath, Identity.Id, _options.IndexSnapshotBytes) { Pause = _options.IndexSnapshotPause }, _options.TimeProvider, logger);
        }

        var file = new IndexSnapshotFile(_options.Files, _directory.IndexesPath);
        try
        {
            file.Remove();
        }
        catch (IOException error)
        {
            IndexSnapshotLog.NotRemoved(logger, file.Path, error); // it is refused whenever it is looked at
        }

        return null;
    }
}
