using System.Globalization;
using CsCheck;
using Helios.Pipeline.Decoders;

namespace Helios.Pipeline.Fuzz;

/// <summary>The inputs that are kept: a folder for each target.</summary>
internal static class Corpus
{
    private const int SeedsPerTarget = 6;

    /// <summary>Small, so that a fuzzer turns over what matters.</summary>
    private const int MaxSeedBytes = 6_000;

    /// <summary>The same seeds every time: the catalogue's values, shortest first.</summary>
    public static void Seed(string corpus)
    {
        foreach (var decoder in DecoderCatalogue.All)
        {
            var folder = Path.Combine(corpus, decoder.Name);
            Directory.CreateDirectory(folder);
            var made = new List<byte[]>();
            decoder.Values.Sample(value => made.Add(decoder.Encode(value)), seed: "0000000000000", iter: 60, threads: 1);
            var seeds = made.Where(bytes => bytes.Length is > 0 and <= MaxSeedBytes).DistinctBy(Convert.ToHexString).OrderBy(bytes => bytes.Length).ToArray();
            for (var i = 0; i < Math.Min(SeedsPerTarget, seeds.Length); i++)
                File.WriteAllBytes(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"seed-{i}")), seeds[(i + 1) * seeds.Length / (SeedsPerTarget + 1)]);
        }
    }

    public static int Replay(IDecoderUnderTest decoder, string[] files)
    {
        var failures = 0;
        foreach (var file in files)
        {
            try
            {
                var bytes = File.ReadAllBytes(file);
                var isTaken = DecoderRules.Check(decoder, bytes) is not null;
                decoder.Repair(bytes);
                DecoderRules.Check(decoder, bytes);
                Console.WriteLine($"{file}: {(isTaken ? "taken" : "refused")}");
            }
            catch (DecoderFailure failure)
            {
                failures++;
                Console.WriteLine($"{file}: {failure}");
            }
        }

        return failures == 0 ? 0 : 2;
    }
}
