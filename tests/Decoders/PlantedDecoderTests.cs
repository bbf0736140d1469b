using CsCheck;

namespace Helios.Pipeline.Decoders.Tests;

/// <summary>A theory that cannot fail proves nothing: each planted defect is noticed, by the rule that it breaks.</summary>
public class PlantedDecoderTests
{
    private const long Iterations = 20_000;

    [Fact]
    public void A_sound_decoder_passes()
    {
        var theory = Theory(new SoundDecoder());
        theory.Every_value_comes_back(Iterations);
        theory.Damage_is_an_answer();
        theory.Mutations_are_answered(Iterations);
        theory.Random_bytes_are_answered(Iterations);
    }

    [Fact]
    public void An_index_out_of_range_on_some_flip_is_noticed() =>
        Assert.Equal(BrokenRule.OnlyPublishedExceptions, Noticed(() => Theory(new IndexOutOfRangeDecoder()).Damage_is_an_answer()));

    [Fact]
    public void An_index_out_of_range_on_some_mutation_is_noticed() =>
        Assert.Equal(BrokenRule.OnlyPublishedExceptions, Noticed(() => Theory(new IndexOutOfRangeDecoder()).Mutations_are_answered(Iterations)));

    [Fact]
    public void A_length_that_is_allocated_before_it_is_checked_is_noticed() =>
        Assert.Equal(BrokenRule.BoundedAllocation, Noticed(() => Theory(new AllocatingDecoder()).Mutations_are_answered(Iterations)));

    [Fact]
    public void Two_encodings_of_one_value_are_noticed() =>
        Assert.Equal(BrokenRule.Canonical, Noticed(() => Theory(new NotCanonicalDecoder()).Mutations_are_answered(Iterations)));

    [Fact]
    public void A_checksum_that_nobody_looks_at_is_noticed() =>
        Assert.Equal(BrokenRule.DamageIsNoticed, Noticed(() => Theory(new TrustingDecoder()).Damage_is_an_answer()));

    [Fact]
    public void A_value_that_does_not_come_back_is_noticed() =>
        Assert.Equal(BrokenRule.RoundTrip, Noticed(() => Theory(new ForgetfulDecoder()).Every_value_comes_back(Iterations)));

    [Fact]
    public void An_error_code_that_is_not_published_is_noticed() =>
        Assert.Equal(BrokenRule.OnlyPublishedExceptions, Noticed(() => Theory(new UnpublishedCodeDecoder()).Random_bytes_are_answered(Iterations)));

    [Fact]
    public void A_loop_without_an_end_is_noticed_and_names_its_input()
    {
        var decoder = new EndlessDecoder();
        var patience = TimeSpan.FromMilliseconds(300);
        try
        {
            // On a busy machine a sound input may outlast such patience once: it is not one byte behind the header then.
            var failure = Assert.Throws<DecoderFailure>(() => new DecoderTheory(decoder, new Watchdog(patience)).Check([0, 0, 0, 0, 1, 0, 0, 0, 7]));
            Assert.Equal(BrokenRule.Ends, failure.Rule);
            Assert.EndsWith("000000000100000007.", failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            decoder.Release();
        }
    }

    private static DecoderTheory Theory(IDecoderUnderTest decoder) => new(decoder, new Watchdog(Watchdog.Generous));

    /// <summary>The rule that the failure names, and the seed that repeats it.</summary>
    private static BrokenRule Noticed(Action theory)
    {
        var failure = Assert.Throws<CsCheckException>(theory);
        Assert.Contains("CsCheck_Seed=", failure.Message, StringComparison.Ordinal);
        return Assert.IsType<DecoderFailure>(failure.InnerException).Rule;
    }
}
