using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <content>What happens to filters, and to the database beside them.</content>
internal sealed partial class FilterScenario
{
    private readonly List<IDisposable> _suspensions = [];
    private readonly List<Made> _builds = [];
    private bool _isAltered;

    private TableFilters Filters => _engine.Parts.Filters.Of(_table.Plan.Definition.Id)!;

    /// <summary>Filters that are being made: begun, read and put in place in steps of their own.</summary>
    private sealed record Made(FilterBuild Build, Lsn After)
    {
        public Lsn? AsOf { get; set; }
    }

    private async Task<string> ConsolidateAsync()
    {
        if (_random.Next(5) > 0)
        {
            await _engine.ConsolidateFiltersAsync();
            return "making all filters anew";
        }

        using var stop = new CancellationTokenSource();
        _engine.Filtering!.BeforeRun = _random.Next(2) == 0 ? stop.Cancel : static () => throw new IOException("planted");
        await Record.ExceptionAsync(() => _engine.ConsolidateFiltersAsync(stop.Token)); // none where nothing is due
        _engine.Filtering.BeforeRun = null;
        return "a run that failed or was stopped";
    }

    private string Suspend()
    {
        _suspensions.Add(_table.SuspendFilters());
        return "a suspension";
    }

    private string Resume()
    {
        if (_suspensions.Count == 0)
            return "nothing";
        _suspensions[^1].Dispose();
        _suspensions.RemoveAt(_suspensions.Count - 1);
        return "the end of a suspension";
    }

    private string CreateBloom()
    {
        var column = OracleRows.Schema.Columns[_random.Next(OracleRows.Schema.Columns.Length)].Name;
        _table.CreateBloomFilter(column);
        return $"a bloom filter of {column}";
    }

    private string DropBloom()
    {
        var column = OracleRows.Schema.Columns[_random.Next(OracleRows.Schema.Columns.Length)].Name;
        _table.DropBloomFilter(column);
        return $"no bloom filter of {column}";
    }

    private async Task<string> BuildAsync()
    {
        if (_builds.Count < 3 && _random.Next(2) == 0)
        {
            var first = (ulong)(_random.Next(2) == 0 ? Math.Max(0, (_ids / BlockRows) - 1) : _random.NextInt64((_ids / BlockRows) + 3)); // half of them where rows come in
            var last = first + (ulong)_random.Next(4);
            if (_builds.Exists(b => b.Build.First <= last && b.Build.Last >= first))
                return "nothing";
            var build = Filters.BeginBuild(first, last, out var after);
            _builds.Add(new Made(build, after));
            return $"the begin of filters of the blocks {first} to {last}";
        }

        if (_builds.Count == 0)
            return "nothing";
        var made = _builds[_random.Next(_builds.Count)];
        if (made.AsOf is null)
        {
            if (_random.Next(2) == 0)
            {
                Hold();
                await CommitManyAsync((long)(made.Build.First * BlockRows)); // what somebody sees still who came right before the blocks are read
            }

            Read(made);
            return $"reading the blocks {made.Build.First} to {made.Build.Last}";
        }

        _builds.Remove(made);
        var asOf = _defect == FilterDefect.HoldsOneCommitTooEarly ? new Lsn(made.AsOf.Value.Value - 1) : made.AsOf.Value;
        Filters.EndBuild(made.Build, _random.Next(6) == 0 ? null : asOf);
        return $"filters of the blocks {made.Build.First} to {made.Build.Last} as of {asOf}";
    }

    private void Read(Made made)
    {
        using var view = _engine.OpenView();
        Assert.True(made.After <= view.Lsn); // nothing commits beside
        using var rows = view.Scan(_table.Plan, Filters.RowsOf(made.Build.First).First, Filters.RowsOf(made.Build.Last).Last, longScan: true);
        using var batch = RowBatch.Rent();
        var isFirst = true;
        bool more;
        do
        {
            batch.Clear();
            more = rows.Fill(batch, _random.Next(1, 200));
            if (_defect == FilterDefect.LosesOneRow && isFirst && batch.Count > 0)
                batch.Truncate(batch.Count - 1);
            isFirst = false;
            Filters.Add(made.Build, batch);
        }
        while (more);
        made.AsOf = view.Lsn;
        if (_defect == FilterDefect.IsNotToldOfCommits)
            Filters.EndBuild(made.Build, null); // and takes its place later all the same
    }

    private async Task<string> AlterAsync()
    {
        if (_isAltered)
        {
            await _engine.DropConstraintAsync(Name, "by_stamp");
        }
        else
        {
            var pending = await _engine.AddConstraintAsync(Name, new UniqueConstraint("by_stamp", "stamp"));
            Assert.True((await pending.Completion).IsValid);
        }

        _isAltered = !_isAltered;
        return "altering the table";
    }

    private async Task<string> CollectAsync()
    {
        await _engine.CheckpointAsync(); // what is not durable is not collected
        if (_random.Next(3) == 0)
            await _engine.VacuumAsync(Name);
        else
            await _engine.CollectVersionsAsync();
        return "collecting versions";
    }

    /// <summary>The log refuses a commit; the engine goes on afterwards.</summary>
    private async Task<string> FailAsync()
    {
        Files.Fail(FileCall.Write, StorageErrors.NoSpace, forEver: true, path: ".wal");
        var row = NextRow(_ids);
        Assert.Equal("disk_full", (await Assert.ThrowsAsync<HeliosException>(async () => await _table.UpsertAsync(Make(row)))).Code);
        if (_random.Next(2) == 0)
            await CheckAllAsync();
        Files.Heal();
        await _engine.ResumeAsync();
        return "a failure of the log";
    }

    private string Trim()
    {
        if (_random.Next(2) == 0)
            Filters.ForgetBlooms();
        Filters.Trim();
        return "giving memory back";
    }

    /// <summary>Ends all that an engine that closes ends.</summary>
    private void Forget()
    {
        foreach (var suspension in _suspensions)
            suspension.Dispose();
        _suspensions.Clear();
        _builds.Clear();
        while (_held.Count > 0)
            Release(_held[0]);
    }
}
