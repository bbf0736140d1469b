using System.Globalization;

namespace Helios.Pipeline.Decoders.Tests;

/// <summary>One theory over every decoder of the engine. HELIOS_DECODER_ITERATIONS sets how many inputs each gets.</summary>
public class DecoderTests
{
    /// <summary>What CI runs. A night's run takes a million.</summary>
    private const long DefaultIterations = 3_000;

    internal static readonly long Iterations =
        long.TryParse(Environment.GetEnvironmentVariable("HELIOS_DECODER_ITERATIONS"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var given) ? given : DefaultIterations;

    public static TheoryData<string> Decoders => new(DecoderCatalogue.All.Select(d => d.Name));

    [Theory]
    [MemberData(nameof(Decoders))]
    public void What_is_encoded_is_decoded_to_the_same_value(string name) => Theory(name).Every_value_comes_back(Iterations);

    [Theory]
    [MemberData(nameof(Decoders))]
    public void A_flipped_bit_or_a_cut_is_refused_as_published_or_gives_a_valid_value(string name) => Theory(name).Damage_is_an_answer();

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Hostile_bytes_are_refused_as_published_or_are_what_their_value_encodes_to(string name) => Theory(name).Mutations_are_answered(Iterations * 5);

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Random_bytes_are_refused_as_published_or_are_what_their_value_encodes_to(string name) => Theory(name).Random_bytes_are_answered(Iterations);

    [Theory]
    [MemberData(nameof(Decoders))]
    public void A_large_hostile_input_costs_no_more_memory_than_its_size_allows(string name) => Theory(name).Costly_inputs_stay_in_bounds();

    private static DecoderTheory Theory(string name) => new(DecoderCatalogue.Find(name), new Watchdog(Watchdog.Generous));
}
