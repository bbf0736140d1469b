namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Runs a test with many random generators; a failure names the seed, HELIOS_SEED runs that one alone.</summary>
internal static class Seeds
{
    public static void Run(int count, Action<Random> test)
    {
        var given = Environment.GetEnvironmentVariable("HELIOS_SEED");
        var seeds = given is null ? Enumerable.Range(1, count).Select(i => (Environment.TickCount * 1000) + i) : [int.Parse(given)];
        foreach (var seed in seeds)
        {
            try
            {
                test(new Random(seed));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"HELIOS_SEED={seed}: {e.Message}", e);
            }
        }
    }
}
