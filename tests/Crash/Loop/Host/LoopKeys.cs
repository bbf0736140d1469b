using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Keys that follow from the seed and a number, so that parent and child have the same ones.</summary>
internal static class LoopKeys
{
    public const string None = "-";

    /// <param name="seed">Of the loop.</param>
    /// <param name="numbers">Of the keys that may be the database's, separated by commas; <see cref="None"/> where it is not encrypted.</param>
    public static IKeyProvider? Open(int seed, string numbers)
    {
        if (numbers == None)
            return null;
        var keys = numbers.Split(',').Select(number => Make(seed, int.Parse(number, CultureInfo.InvariantCulture))).ToArray();
        return keys.Length == 1 ? keys[0] : KeyProviders.Combine(keys[0], keys[1..]);
    }

    public static IKeyProvider Make(int seed, int number) =>
        KeyProviders.FromBytes(SHA256.HashData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed}/{number}"))));
}
