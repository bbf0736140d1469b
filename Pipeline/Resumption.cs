using System.Diagnostics;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline;

/// <summary>
/// Begins a write path again that ended for want of the disk, over the same log, store, order and readers: what did not reach the log has been
/// withdrawn, what the log has and the store has not is handed to Commit and Track, and only then are commits admitted.
/// </summary>
/// <remarks>Not for what a failed sync ended: nobody knows what the disk has then but the next open.</remarks>
internal sealed class Resumption(RecoveredPath engine, ILogger logger)
{
    /// <summary>RocksDB looks for room every 5 s by itself; this is long enough for it to have looked.</summary>
    private static readonly TimeSpan s_storePatience = TimeSpan.FromSeconds(12);

    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns when the path takes commits again.</summary>
    /// <param name="level">The level that it begins with.</param>
    /// <param name="cancellationToken">Gives up; the engine stays as it was.</param>
    /// <exception cref="HeliosException">It cannot go on, or not yet: the engine stays as it was, and may be asked again unless the code is <c>durability_lost</c>.</exception>
    public async Task RunAsync(SafetyLevel level, CancellationToken cancellationToken)
    {
        var (parts, ended) = (engine.Parts, engine.Path);
        await ended.StopAsync().ConfigureAwait(false);
        if (!ended.IsResumable)
            throw CannotResume(ended.Fault!);

        parts.Log.Sync();
        await WaitForStoreAsync(parts.Store, cancellationToken).ConfigureAwait(false);
        parts.Log.BeginSegment(); // last: an attempt that fails must not take room from the next one
        var resumed = parts with { Options = parts.Options with { Sync = parts.Options.Sync with { Level = level } } };
        foreach (var mark in resumed.Watermarks)
            mark.Revive();
        WritePath? path = null;
        try
        {
            resumed.Durable.Reach(resumed.Log.Durable);
            LoadAgain(resumed);
            path = new WritePath(resumed);
            path.Start();
            await ReplayAsync(path, resumed, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            if (path is not null)
                await path.StopAsync().ConfigureAwait(false);
            foreach (var mark in resumed.Watermarks)
                mark.Abandon(EngineFault.RefusalFor(path?.Fault ?? ended.Fault)); // nobody moves them, and the engine has not closed
            if (path?.Fault is not null)
                engine.Replace(path, resumed); // the newest failure decides whether it may be tried again
            throw;
        }

        engine.Replace(path, resumed);
        LogMessages.Resumed(logger, resumed.Visible.Value.Value);
    }

    /// <summary>Ends when RocksDB flushes again: a flush that failed for want of room it repeats by itself.</summary>
    private static async Task WaitForStoreAsync(RocksStore store, CancellationToken cancellationToken)
    {
        if (store.BackgroundErrors == 0)
            return;
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                store.Flush(); // the log has just been synced
                store.ForgetBackgroundErrors();
                return;
            }
            catch (HeliosException) when (Stopwatch.GetElapsedTime(began) < s_storePatience)
            {
                // RocksDB tells nobody when it has tried again, and works in real time, whatever clock the engine was given.
                await Task.Delay(s_poll, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Counts and catalog as the store has them, so that the frames behind it count once, whether or not Track saw the last ones before.</summary>
    private static void LoadAgain(WritePathParts parts)
    {
        var catalog = StoreContents.LoadCatalog(parts.Store);
        parts.Published.Load(catalog);
        parts.Counters.Clear();
        foreach (var table in catalog.Tables)
        {
            var counters = parts.Store.Counters(table.Id) ?? default;
            parts.Counters.Load(table.Id, counters with { HighestRowId = parts.Order.HighestRow(table.Id) });
            parts.Published.Load(table.Id, counters.Rows);
        }

        if (parts.Store.Applied() is { } applied && applied.Lsn > parts.Visible.Value)
        {
            if (applied.Lsn > parts.Applied.Value)
                parts.Applied.Advance(applied.Lsn);
            foreach (var table in catalog.Tables) // Track has not seen these commits, and does not get them again
            {
                parts.Filters.Add(table, parts.Order.HighestRow(table.Id));
                parts.Filters.Of(table.Id)?.Miss(parts.Order.HighestRow(table.Id), applied.Lsn);
            }

            parts.Visible.Advance(applied.Lsn);
        }
    }

    private static async Task ReplayAsync(WritePath path, WritePathParts parts, CancellationToken cancellationToken)
    {
        if (parts.Log.Head <= parts.Applied.Value)
            return;
        using var frames = parts.Log.Read(parts.Applied.Value.Next);
        var last = Lsn.Zero;
        while (Recovery.TryMakeGroup(frames, parts.Log.Head) is { } group)
        {
            cancellationToken.ThrowIfCancellationRequested();
            parts.Order.Recount(group);
            last = group.Last;
            await path.ReplayAsync(group).ConfigureAwait(false);
        }

        if (last > Lsn.Zero)
            await parts.Visible.WaitAsync(last, cancellationToken).ConfigureAwait(false);
    }

    private static HeliosException CannotResume(Exception fault) =>
        new(HeliosErrorKind.Unavailable, (fault as HeliosException)?.Code ?? "stage_failed",
            $"The engine cannot resume: it ended for another reason than a disk that is full ({fault.Message}) What was acknowledged holds; open the database again.", fault);
}
