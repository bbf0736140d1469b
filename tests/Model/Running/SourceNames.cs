using System.Globalization;
using System.Text;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Model.Tests;

/// <summary>Sources are known by what they begin with, or, where a test moves them itself, by a number.</summary>
internal static class SourceNames
{
    private const string Own = "own ";

    public static string OfNumber(int number) => Own + number.ToString(CultureInfo.InvariantCulture);

    public static UInt128 Fingerprint(string key) => key.StartsWith(Own, StringComparison.Ordinal)
        ? UInt128.Parse(key[Own.Length..], CultureInfo.InvariantCulture)
        : SourceIdentity.Of(Encoding.UTF8.GetBytes(key)).Fingerprint;
}
