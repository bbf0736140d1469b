using System.Globalization;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Cli;

/// <summary>One line on a terminal that is written over, at most ten times a second; nothing elsewhere.</summary>
internal sealed class BackupProgressLine(CommandIo io, string what) : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    private long? _shown;

    public void Show(BackupProgress progress)
    {
        if (!io.ErrorIsTerminal || (_shown is { } shown && io.Time.GetElapsedTime(shown) < s_interval))
            return;
        _shown = io.Time.GetTimestamp();
        var percent = progress.TotalBytes == 0 ? 100 : 100 * (double)progress.Bytes / progress.TotalBytes;
        var text = string.Create(CultureInfo.InvariantCulture, $"{what}: {progress.Files} of {progress.TotalFiles} files, {Printable.Bytes(progress.Bytes)} of {Printable.Bytes(progress.TotalBytes)} ({percent:0}%)");
        io.Error.Write("\r\u001b[K" + Printable.Cell(text, io.Width));
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_shown is not null)
            io.Error.Write("\r\u001b[K");
    }
}
