using System.Diagnostics;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>Asks the system, in the background, how much of the disk is left, and reports it to <see cref="FreeSpace"/>.</summary>
/// <remarks>One call of the system per directory and sample. One that fails refuses nobody: <see cref="FreeSpaceLevel.Unknown"/>.</remarks>
internal sealed class FreeSpaceTask(IStorageFiles files, IReadOnlyList<string> directories, FreeSpace space, TimeSpan interval, TimeProvider time, ILogger logger)
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _one = new();
    private FreeSpaceLevel _told = FreeSpaceLevel.Enough;
    private Task _loop = Task.CompletedTask;

    /// <summary>Takes the first sample at once, so that the engine begins with what is true, then the others in the background.</summary>
    public void Start()
    {
        Sample();
        _loop = LoopAsync();
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
    }

    /// <summary>Takes a sample now. Any thread.</summary>
    public void Sample()
    {
        lock (_one)
        {
            try
            {
                // Log and store may lie in different file systems; where they do not, the same number comes twice.
                var (directory, bytes) = directories.Select(d => (Directory: d, Bytes: files.FreeBytes(d))).MinBy(d => d.Bytes);
                space.Report(directory, bytes);
                Tell(directory, bytes);
            }
            catch (IOException error)
            {
                space.ReportUnknown();
                if (_told != FreeSpaceLevel.Unknown)
                    SpaceLog.Unknown(logger, error);
                _told = FreeSpaceLevel.Unknown;
            }
        }
    }

    private void Tell(string directory, long bytes)
    {
        if (space.Level == _told)
            return;
        _told = space.Level;
        if (space.IsLow)
            SpaceLog.TurnedLow(logger, directory, bytes, space.Floor, space.EnoughFrom);
        else
            SpaceLog.Enough(logger, directory, bytes);
    }

    private async Task LoopAsync()
    {
        Activity.Current = null; // what opened the engine is not what measures
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
                Sample();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // the engine closes
        }
    }
}
