using System.Globalization;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>What the environment asks for.</summary>
internal static class Settings
{
    public static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>The seed of this run: HELIOS_SEED, or a new one. Whoever draws it prints it.</summary>
    public static int Seed() => Number("HELIOS_SEED", Random.Shared.Next(1, 1_000_000_000));
}
