using System.Globalization;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>What the environment asks for.</summary>
internal static class Settings
{
    public static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>A part of the power-loss states that are asked for, 400 without more.</summary>
    public static int PowerLossStates(int percent) => Math.Max(1, Number("HELIOS_POWERLOSS_STATES", 400) * percent / 100);

    /// <summary>The seed of this run: HELIOS_SEED, or a new one. Whoever draws it prints it.</summary>
    public static int Seed() => Number("HELIOS_SEED", Random.Shared.Next(1, 1_000_000_000));
}
