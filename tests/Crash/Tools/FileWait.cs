namespace Helios.Pipeline.Crash.Tests;

/// <summary>Waits for what another process does to files; the system tells of each change.</summary>
internal static class FileWait
{
    /// <summary>Completes when the condition holds, or when <paramref name="ended"/> does.</summary>
    /// <param name="directory">Changes in it are looked at; it is there.</param>
    /// <param name="condition">Asked at first, and after each change. Cheap, any thread.</param>
    /// <param name="ended">The end of the process that could make it hold.</param>
    /// <param name="below">Are changes in directories below it looked at, too?</param>
    public static async Task UntilAsync(string directory, Func<bool> condition, Task ended, bool below = false)
    {
        var holds = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(directory)
        {
            IncludeSubdirectories = below,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.Size | NotifyFilters.LastWrite,
        };
        watcher.Created += (_, _) => Look();
        watcher.Changed += (_, _) => Look();
        watcher.Renamed += (_, _) => Look();
        watcher.Error += (_, _) => Look();
        watcher.EnableRaisingEvents = true;
        Look(); // after the watch has begun: what came before it is seen here
        await Task.WhenAny(holds.Task, ended);

        void Look()
        {
            if (condition())
                holds.TrySetResult();
        }
    }
}
