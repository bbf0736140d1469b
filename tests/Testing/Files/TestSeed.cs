using System.Globalization;

namespace Helios.Pipeline.Testing;

/// <summary>Where random tests take their seed from: HELIOS_SEED when set, else a new one each time; a failing test prints it.</summary>
internal static class TestSeed
{
    public static int Next() =>
        int.TryParse(Environment.GetEnvironmentVariable("HELIOS_SEED"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var seed)
            ? seed
            : Random.Shared.Next(1_000_000);
}
