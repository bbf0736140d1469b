using System.Globalization;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Cli;

/// <summary>How far a backup or a restore is.</summary>
internal sealed class BackupProgressLine(CommandIo io, string what) : IDisposable
{
    private readonly ProgressLine _line = new(io);

    public void Show(BackupProgress progress) => _line.Show(() =>
    {
        var percent = progress.TotalBytes == 0 ? 100 : 100 * (double)progress.Bytes / progress.TotalBytes;
        return string.Create(CultureInfo.InvariantCulture, $"{what}: {progress.Files} of {progress.TotalFiles} files, {Printable.Bytes(progress.Bytes)} of {Printable.Bytes(progress.TotalBytes)} ({percent:0}%)");
    });

    public void Dispose() => _line.Dispose();
}
