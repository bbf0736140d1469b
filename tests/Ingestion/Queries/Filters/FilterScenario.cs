using System.Collections.Immutable;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>What is wrong with a scenario on purpose.</summary>
internal enum FilterDefect
{
    None,

    /// <summary>Filters that are made say that they hold from the commit before the one that their rows were read as of.</summary>
    HoldsOneCommitTooEarly,

    /// <summary>Filters that are made are told of no commit from when their rows were read until they take their place.</summary>
    IsNotToldOfCommits,

    /// <summary>Filters that are made lack a row.</summary>
    LosesOneRow,
}

/// <summary>A database and what must be in it, step by step: random commits of every kind, whatever changes filters, and everything that may happen to them in between.</summary>
internal sealed partial class FilterScenario : IAsyncDisposable
{
    public const int BlockRows = 100;

    private const string Name = "things";

    private readonly Random _random;
    private readonly FilterDefect _defect;
    private readonly BlockFilterOptions _filters;
    private readonly IKeyProvider? _key;
    private readonly List<EngineFixture> _fixtures = [];
    private readonly List<object?[]> _known = [];
    private HeliosEngine _engine = null!;
    private Table _table = null!;
    private ImmutableDictionary<long, object?[]> _model = ImmutableDictionary<long, object?[]>.Empty;
    private long _ids; // the next that is new
    private long _stamp;

    public FilterScenario(int seed, FilterDefect defect = FilterDefect.None)
    {
        _random = new Random(seed);
        _defect = defect;
        _filters = new BlockFilterOptions
        {
            BlockRows = BlockRows,
            MaxBytes = _random.Next(4) == 0 ? 40 << 10 : 64 << 20, // where it is little, some blocks have no filter
            BulkRows = 110,
            ConsolidationInterval = TimeSpan.FromHours(1),
            BloomMinQueries = 3,
            BloomMinTime = TimeSpan.Zero,
            BloomMaxSelectivity = 1,
            BloomFalsePositives = _random.Next(2) == 0 ? 0.0001 : 0.1,
        };
        _key = _random.Next(4) == 0 ? KeyProviders.FromBytes(new byte[32]) : null;
    }

    /// <summary>Blocks that queries passed because of their filters.</summary>
    public long Skipped { get; private set; }

    /// <summary>Those that only bloom filters excluded.</summary>
    public long SkippedByBlooms { get; private set; }

    /// <summary>Queries whose answers were compared.</summary>
    public long Queries { get; private set; }

    private FaultyFiles Files => _fixtures[^1].Files;

    public async Task RunAsync(int steps)
    {
        _fixtures.Add(new EngineFixture());
        await OpenAsync();
        for (var i = 0; i < 6; i++)
            await InsertAsync(BlockRows);
        foreach (var column in _random.Next(2) == 0 ? ["stamp", "i4", "f8", "uid"] : Array.Empty<string>())
            _table.CreateBloomFilter(column);
        for (var step = 0; step < steps; step++)
        {
            var what = await ChangeAsync();
            try
            {
                await CheckAllAsync();
            }
            catch (Exception error) when (error is not Xunit.Sdk.XunitException)
            {
                throw new InvalidOperationException($"step {step}, after {what}: {error.Message}", error);
            }
            catch (Xunit.Sdk.XunitException error)
            {
                Assert.Fail($"step {step}, after {what}: {error.Message}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Forget();
        if (_engine is not null)
            await _engine.DisposeAsync();
        foreach (var fixture in _fixtures)
            await fixture.DisposeAsync();
        _key?.Dispose();
    }

    private async Task OpenAsync()
    {
        _engine = await HeliosEngine.OpenAsync(_fixtures[^1].Path, _fixtures[^1].Options(SafetyLevel.Unsafe) with { Filters = _filters, Encryption = _key, CacheBytes = 8 << 20, LogRetention = 0 });
        _table = _engine.FindTable(Name) ?? await _engine.TableAsync(Name, OracleRows.Schema); // it may have been altered
    }

    /// <summary>Closes the database, or kills it, and opens it again.</summary>
    private async Task ReopenAsync(bool isKilled)
    {
        Forget();
        if (!isKilled)
        {
            await _engine.DisposeAsync();
        }
        else
        {
            var copy = new EngineFixture();
            Directory.Delete(copy.Path);
            DatabaseFiles.Copy(_fixtures[^1].Path, copy.Path);
            await _engine.DisposeAsync();
            _fixtures.Add(copy);
        }

        await OpenAsync();
    }

    private async Task<string> ChangeAsync()
    {
        switch (_random.Next(36))
        {
            case <= 3: return await InsertAsync(_random.Next(1, 140));
            case 4: return await InsertWithDuplicatesAsync();
            case <= 7: return await CommitManyAsync(_random.Next(2) == 0 ? null : _random.NextInt64(_ids + 1));
            case <= 9: return await TransactAsync();
            case 10: return await ChangeWhereAsync();
            case 11: return await MoveKeyAsync();
            case <= 13: return await ConsolidateAsync();
            case 14: return Suspend();
            case 15: return Resume();
            case <= 18: return CreateBloom();
            case 19: return DropBloom();
            case <= 24: return await BuildAsync();
            case 25: return await AlterAsync();
            case 26: return await CollectAsync();
            case 27: return await FailAsync();
            case 28: return _random.Next(3) == 0 ? await Said("opening again", ReopenAsync(isKilled: _random.Next(2) == 0)) : Trim();
            case 29: return Trim();
            default: return Hold();
        }
    }

    private static async Task<string> Said(string what, Task done)
    {
        await done;
        return what;
    }
}
