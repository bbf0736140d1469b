using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Model.Tests;

/// <summary>Runs many sequences, several at a time, until one fails; that one is shrunk.</summary>
internal sealed class SequenceSampler(int seed, int sequences, PlantedDefect defect, IKeyProvider? encryption = null)
{
    /// <summary>Enough for 40 steps several times over, and a bound where each run ends in a hang.</summary>
    private const int MaxShrinkRuns = 400;

    private readonly Lock _gate = new();
    private int _taken = -1;
    private (int Sequence, Exception Error)? _failed;

    public RunCounts Counts { get; } = new();

    /// <summary>The smallest failing sequence that was found, or null.</summary>
    public async Task<Counterexample?> FindAsync()
    {
        await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount * 2).Select(_ => Task.Run(WorkAsync)));
        if (_failed is not { } failed)
            return null;
        var path = Directory.CreateTempSubdirectory("helios-model-").FullName;
        var operations = SequenceGen.Of(seed + failed.Sequence);
        var (shrunk, error) = await new ListShrinker(candidate => RunAsync(candidate, path), MaxShrinkRuns).ShrinkAsync(operations, failed.Error);
        Directory.Delete(path, recursive: true);
        return new Counterexample(seed + failed.Sequence, failed.Sequence + 1, shrunk, error, operations.Length);
    }

    private async Task WorkAsync()
    {
        var path = Directory.CreateTempSubdirectory("helios-model-").FullName;
        for (var sequence = Interlocked.Increment(ref _taken); sequence < sequences && _failed is null; sequence = Interlocked.Increment(ref _taken))
        {
            if (await RunAsync(SequenceGen.Of(seed + sequence), path) is not { } error)
                continue;
            lock (_gate)
                _failed = _failed is { } earlier && earlier.Sequence < sequence ? earlier : (sequence, error);
        }

        Directory.Delete(path, recursive: true);
    }

    private async Task<Exception?> RunAsync(IReadOnlyList<Operation> operations, string path)
    {
        try
        {
            await SequenceRun.RunAsync(operations, path, defect, Counts, encryption);
            return null;
        }
        catch (InvalidOperationException error)
        {
            return error;
        }
    }
}

/// <summary>A sequence after which engine and model differ.</summary>
internal sealed record Counterexample(int Seed, int Sequence, IReadOnlyList<Operation> Operations, Exception Error, int Unshrunk)
{
    public override string ToString() =>
        $"""
        Sequence {Sequence}, shrunk from {Unshrunk} to {Operations.Count} steps. To repeat: HELIOS_SEED={Seed} HELIOS_MODEL_SEQUENCES=1
        {string.Join('\n', Operations.Select(static (operation, i) => $"{i + 1,3} {operation}"))}
        {Error}
        """;
}
