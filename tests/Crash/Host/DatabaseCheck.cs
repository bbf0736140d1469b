using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Compares a database with the workload that wrote it, and with what was promised.</summary>
internal sealed class DatabaseCheck(string directory, Workload workload)
{
    private int _opens;

    /// <summary>LSNs that an open skips after an unclean end; null for what the engine does by itself.</summary>
    public int? LsnSkip { get; init; }

    /// <summary>Is a database that was written without a log opened without one first? Its opens take turns.</summary>
    public bool OpensUnlogged { get; init; }

    /// <summary>Was it refused because its store's manifest is torn, and nothing could make good what is cut?</summary>
    public bool WasRefusedAsTorn { get; private set; }

    /// <summary>Null where I1 to I10 of docs/reliability.md hold: as it was left; opened once more, with new commits and a compaction; and after that.</summary>
    /// <param name="promise">What must be there.</param>
    /// <param name="opensAgain">False leaves out the open at the end, a third of the time.</param>
    public async Task<string?> FindFaultAsync(Promise promise, bool opensAgain = true)
    {
        try
        {
            var found = await OpenAsync(engine => ReadAsync(engine, promise));
            await OpenAsync(engine => WriteOnAsync(engine, found, promise));
            if (!opensAgain)
                return null;
            var last = await OpenAsync(engine => ContentCheck.ReadAsync(engine, workload));
            Require(last.Commits == found.Commits + 2, "I1", $"of two commits written after the recovery {last.Commits - found.Commits} are there");
            return null;
        }
        catch (InvariantException violation)
        {
            return violation.Message;
        }
        catch (HeliosException error) when (_opens == 1 && IsTornWithoutLog(error))
        {
            WasRefusedAsTorn = true;
            return null;
        }
        catch (HeliosException error)
        {
            return $"{error.Code}: {error.Message}";
        }
    }

    private async Task<T> OpenAsync<T>(Func<HeliosEngine, Task<T>> look)
    {
        await using var engine = await HeliosEngine.OpenAsync(directory, Options());
        return await look(engine);
    }

    /// <summary>The one refusal that is right: there is no log, and RocksDB says of a manifest which really has a damaged end that it is damaged.</summary>
    private bool IsTornWithoutLog(HeliosException error) =>
        error.Code == "corrupt" && error.Message.Contains("MANIFEST-", StringComparison.Ordinal)
        && !error.Message.Contains(".sst", StringComparison.Ordinal) // RocksDB names the manifest beside a file that is not as it says
        && File.Exists(Path.Combine(directory, "unlogged")) && StoreTrial.Find(PhysicalFiles.Instance, Path.Combine(directory, "store")) is not null;

    private HeliosOptions Options()
    {
        var options = WriterHost.Options() with { RowCacheBytes = 0, TuneStore = StoreOfATest.Tune };
        if (workload.WithoutLog && OpensUnlogged == (_opens++ % 2 == 0))
            options = options with { SafetyLevel = SafetyLevel.Unsafe, WithoutLog = true };
        return LsnSkip is { } skip ? options with { Log = options.Log with { LsnSkip = skip } } : options;
    }

    private async Task<Content> ReadAsync(HeliosEngine engine, Promise promise)
    {
        var found = await ContentCheck.ReadAsync(engine, workload); // I2, I3, I4, I7, I8
        Require(found.Commits >= promise.Commits, "I1", $"{promise.Commits} commits were promised, {found.Commits} are there");
        Require(found.Commits >= promise.Refused, "I6", $"a duplicate was told of a row of commit {promise.Refused - 1}, {found.Commits} commits are there");
        Require(found.Rows >= promise.Counted, "I7", $"{promise.Counted} rows had been counted, {found.Rows} are there");
        Require(found.Lsn >= promise.Published, "I10", $"LSN {promise.Published} was visible, now {found.Lsn} is");
        return found;
    }

    private async Task<Content> WriteOnAsync(HeliosEngine engine, Content found, Promise promise)
    {
        var table = await engine.TableAsync(Workload.Table, Workload.Schema);
        using var view = engine.OpenView();
        Require(view.Lsn >= found.Lsn, "I10", $"LSN {found.Lsn} was visible, after another open {view.Lsn} is");
        var before = ContentCheck.Digest(view, table);
        Require(found.Digest.Length == 0 || found.Digest == before, "I9", "a second open reads something else");

        if (found.Commits > 0)
        {
            await MustBeRefusedAsync(table, workload.Duplicate(found.Commits - 1));
            await MustBeRefusedAsync(table, workload.DuplicateText(found.Commits - 1));
        }

        var first = (await table.InsertAsync(workload.Rows(found.Commits))).Lsn;
        var second = (await table.InsertAsync(workload.Rows(found.Commits + 1))).Lsn;
        Require(first > promise.Told, "I10", $"LSN {first} means a new commit, and was told of another: LSN {promise.Told} had been told");
        Require(second > first && engine.Visible >= second, "I10", $"LSN {second} was answered after {first}, {engine.Visible} is visible");

        await engine.CheckpointAsync();
        engine.Parts.Store.Compact(); // everything is flushed and nothing in flight
        Require(ContentCheck.Digest(view, table) == before, "I9", "a view reads something else after a compaction");
        return found;
    }

    private static async Task MustBeRefusedAsync(Table table, Row duplicate)
    {
        try
        {
            await table.InsertAsync(duplicate);
        }
        catch (HeliosException error) when (error.Code == "duplicate_key")
        {
            return;
        }

        throw new InvariantException("I5", "a key that is there was taken again");
    }

    private static void Require(bool holds, string invariant, string message) => InvariantException.Require(holds, invariant, message);
}
