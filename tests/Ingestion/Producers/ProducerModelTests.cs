using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Xunit.Abstractions;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Random numbers of three producers beside a dictionary, with kills, clean closes, checkpoints and windows that change.</summary>
public sealed class ProducerModelTests(ITestOutputHelper output) : IDisposable
{
    private const int Producers = 3, Opens = 7, Steps = 60;

    /// <summary>A row that is there from the beginning: a commit with it is refused, or leaves it out.</summary>
    private const long Taken = 0;

    private readonly UnloggedFixture _fixture = new();
    private readonly Dictionary<(int Producer, long Sequence), (long[] Ids, CommitReceipt Receipt)> _remembered = [];
    private readonly long[] _floor = [-1, -1, -1];
    private readonly long[] _highest = [-1, -1, -1];
    private Random _random = null!;
    private long _nextId = 1;
    private int _window;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Every_answer_is_that_of_a_dictionary_over_kills_and_changing_windows()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HELIOS_SEED={seed}");
        _random = new Random(seed);
        var path = _fixture.Path;
        var encryption = _random.Next(2) == 0 ? null : DatabaseFiles.Key(seed);
        for (var open = 0; open < Opens; open++)
        {
            _window = _random.Next(1, 20);
            var next = path;
            await using (var engine = await HeliosEngine.OpenAsync(path, _fixture.Logged with { ProducerWindow = _window, Encryption = encryption, SafetyLevel = SafetyLevel.Unsafe }))
            {
                var table = await engine.ThingsAsync();
                if (open == 0)
                    await table.InsertAsync(EngineFixture.Row(table, Taken));
                for (var step = 0; step < Steps; step++)
                    await StepAsync(engine, table);
                Assert.Equal(_nextId, await table.CountAsync());
                if (_random.Next(3) > 0)
                    next = _fixture.Copy(path); // a kill: nothing is left of the process but the disk
            }

            path = next;
        }

        await UnloggedFixture.VerifyAsync(path, encryption);
    }

    private async Task StepAsync(HeliosEngine engine, Table table)
    {
        if (_random.Next(40) == 0)
            await engine.CheckpointAsync();
        var producer = _random.Next(Producers);
        var sequence = Math.Max(0, _highest[producer] + _random.Next(-2 * _window, _random.Next(10) == 0 ? 40 : 3));
        if (_remembered.TryGetValue((producer, sequence), out var first))
        {
            if (_random.Next(4) == 0)
                await NumberedCommit.RefusedAsync("sequence_reused", () => SendAsync(table, [.. first.Ids, _nextId], producer, sequence));
            else
                NumberedCommit.AssertRepeats(first.Receipt, await SendAsync(table, first.Ids, producer, sequence));
            return;
        }

        var floor = Math.Max(_floor[producer], Math.Max(_highest[producer], sequence) - _window);
        if (sequence <= floor)
        {
            await NumberedCommit.RefusedAsync("sequence_too_old", () => SendAsync(table, [_nextId], producer, sequence));
            return;
        }

        if (_random.Next(5) == 0)
        {
            await Assert.ThrowsAsync<HeliosException>(async () => await table.SendAsync([_nextId, Taken], sequence, Id(producer))); // not remembered
            return;
        }

        long[] ids = _random.Next(3) == 0 ? [_nextId, Taken] : [_nextId];
        var receipt = await SendAsync(table, ids, producer, sequence);
        Assert.Equal((false, 1, ids.Length - 1), (receipt.IsRepeat, receipt.Rows, receipt.Rejected.Count));
        _nextId++;
        _floor[producer] = floor;
        _highest[producer] = Math.Max(_highest[producer], sequence);
        _remembered[(producer, sequence)] = (ids, receipt);
        foreach (var old in _remembered.Keys.Where(known => known.Producer == producer && known.Sequence <= floor).ToList())
            _remembered.Remove(old);
    }

    private static ValueTask<CommitReceipt> SendAsync(Table table, long[] ids, int producer, long sequence) =>
        table.SendAsync(ids, sequence, Id(producer), OnReject.RejectRow);

    private static ProducerId Id(int producer) => ProducerId.From($"producer {producer}");
}
