using System.Diagnostics;
using System.Globalization;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Xunit.Abstractions;

namespace Helios.Pipeline.Model.Tests;

public sealed class ModelTests(ITestOutputHelper output)
{
    /// <summary>What CI runs; HELIOS_MODEL_SEQUENCES sets another number.</summary>
    private const int Sequences = 6_000;

    /// <summary>In as many sequences each rare thing comes several times.</summary>
    private const int EnoughForAll = 2_000;

    /// <summary>An encrypted sequence takes longer: each opening reads and most write the key file.</summary>
    private const int EncryptedShare = 10;

    /// <summary>A harness in which these never come up would test less than it says.</summary>
    private static readonly string[] s_mustBeMet =
    [
        "refused: duplicate_key", "refused: not_null", "refused: source_moved", "row rejected: duplicate_key", "row rejected: not_null", "row deleted",
        "commits lost", "entries spilled", "unknown commit found", "source: new", "source: gone on", "source: known", "feed: lsn_too_old",
        .. typeof(Operation).Assembly.GetTypes().Where(static type => type.IsSubclassOf(typeof(Operation))).Select(static type => type.Name),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_engine_answers_as_its_model_does_through_random_sequences_of_writes_reads_faults_and_crashes(bool encrypted)
    {
        var seed = TestSeed.Next();
        var sequences = int.TryParse(Environment.GetEnvironmentVariable("HELIOS_MODEL_SEQUENCES"), CultureInfo.InvariantCulture, out var wanted) ? wanted : encrypted ? Sequences / EncryptedShare : Sequences;
        using var key = encrypted ? KeyProviders.FromBytes(new byte[32]) : null;
        var sampler = new SequenceSampler(seed, sequences, PlantedDefect.None, key);
        var (started, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var counterexample = await sampler.FindAsync();
        output.WriteLine($"HELIOS_SEED={seed}, {sequences} sequences in {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s, {(Environment.CpuUsage.TotalTime - processor).TotalSeconds:F0} s of processor time: {sampler.Counts}");
        Assert.True(counterexample is null, counterexample?.ToString());
        if (sequences >= EnoughForAll)
            Assert.All(s_mustBeMet, what => Assert.True(sampler.Counts[what] > 0, $"in {sequences} sequences nothing of this was met: {what}"));
    }
}
