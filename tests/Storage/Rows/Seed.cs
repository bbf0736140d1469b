namespace Helios.Pipeline.Storage.Tests;

/// <summary>Randomness that can be repeated: HELIOS_SEED sets it, and a failure prints it.</summary>
internal static class Seed
{
    /// <summary>Runs a body and names the seed if it fails.</summary>
    public static void Run(Action<Random> body)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("HELIOS_SEED"), out var given) ? given : Random.Shared.Next();
        try
        {
            body(new Random(seed));
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"HELIOS_SEED={seed}: {e.Message}", e);
        }
    }
}
