namespace Helios.Pipeline.Maintenance;

/// <summary>How far a backup, a restore or a check is.</summary>
/// <param name="Files">Files done.</param>
/// <param name="TotalFiles">Files to do.</param>
/// <param name="Bytes">Bytes read.</param>
/// <param name="TotalBytes">Bytes to read.</param>
internal readonly record struct BackupStep(int Files, int TotalFiles, long Bytes, long TotalBytes);

/// <summary>Counts towards a known total and tells it on. One thread.</summary>
internal sealed class BackupSteps(int totalFiles, long totalBytes, Action<BackupStep>? progress)
{
    private int _files;
    private long _bytes;

    public void Moved(long bytes)
    {
        _bytes += bytes;
        Tell();
    }

    public void FileDone()
    {
        _files++;
        Tell();
    }

    private void Tell() => progress?.Invoke(new BackupStep(_files, totalFiles, _bytes, totalBytes));
}
