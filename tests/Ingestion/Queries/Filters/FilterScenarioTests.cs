using System.Diagnostics;
using System.Globalization;
using Helios.Pipeline.Testing;
using Xunit.Abstractions;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>No filter makes a query pass over a row that it should have given, whatever happens: every answer is compared with what the condition says of each row of a model.</summary>
public sealed class FilterScenarioTests(ITestOutputHelper output)
{
    /// <summary>What CI runs; HELIOS_FILTER_SCENARIOS sets another number.</summary>
    private const int Scenarios = 12;

    private const int Steps = 50;

    [Fact]
    public async Task Queries_give_what_their_conditions_say_of_every_row_whatever_happens_to_rows_and_filters()
    {
        var seed = TestSeed.Next();
        var scenarios = int.TryParse(Environment.GetEnvironmentVariable("HELIOS_FILTER_SCENARIOS"), CultureInfo.InvariantCulture, out var wanted) ? wanted : Scenarios;
        var (began, queries, skipped, byBlooms) = (Stopwatch.GetTimestamp(), 0L, 0L, 0L);
        for (var i = 0; i < scenarios; i++)
        {
            await using var scenario = new FilterScenario(seed + i);
            try
            {
                await scenario.RunAsync(Steps);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"HELIOS_SEED={seed + i}: {error.Message}", error);
            }

            (queries, skipped, byBlooms) = (queries + scenario.Queries, skipped + scenario.Skipped, byBlooms + scenario.SkippedByBlooms);
        }

        output.WriteLine($"HELIOS_SEED={seed}, {scenarios} scenarios in {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s: {queries} queries passed {skipped} blocks, {byBlooms} of them by bloom filters");
        Assert.True(scenarios < Scenarios || (skipped > queries / 10 && byBlooms > queries / 1_000), $"HELIOS_SEED={seed}: {queries} queries passed {skipped} blocks, {byBlooms} by bloom filters: that proves nothing");
    }

    /// <summary>A harness that cannot fail proves nothing.</summary>
    [Theory]
    [InlineData(nameof(FilterDefect.HoldsOneCommitTooEarly))]
    [InlineData(nameof(FilterDefect.IsNotToldOfCommits))]
    [InlineData(nameof(FilterDefect.LosesOneRow))]
    public async Task Filters_that_are_made_wrongly_are_found_out(string defect)
    {
        const int most = 60;
        for (var seed = 0; seed < most; seed++)
        {
            await using var scenario = new FilterScenario(seed, Enum.Parse<FilterDefect>(defect));
            try
            {
                await scenario.RunAsync(Steps);
            }
            catch (Xunit.Sdk.XunitException error) when (error.Message.Contains(" are missing", StringComparison.Ordinal))
            {
                output.WriteLine($"seed {seed}: {error.Message}");
                return;
            }
        }

        Assert.Fail($"{defect}: not noticed in {most} scenarios");
    }
}
