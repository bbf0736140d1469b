namespace Helios.Pipeline.Decoders.Tests;

/// <summary>What the fuzzer begins with, and what it once found, goes through its decoder each time.</summary>
public class CorpusTests
{
    private const int MaxBytesPerTarget = 64 << 10;

    public static TheoryData<string> Decoders => DecoderTests.Decoders;

    [Theory]
    [MemberData(nameof(Decoders))]
    public void Every_kept_input_is_refused_as_published_or_is_what_its_value_encodes_to(string name)
    {
        var decoder = DecoderCatalogue.Find(name);
        var files = Corpus.Of(name);
        Assert.NotEmpty(files);
        var taken = 0;
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(file);
            taken += DecoderRules.Check(decoder, bytes) is null ? 0 : 1;
            decoder.Repair(bytes);
            DecoderRules.Check(decoder, bytes);
        }

        Assert.True(taken > 0, $"Nothing in the corpus of {name} is valid: the format has changed. helios-fuzz seed makes new seeds.");
    }

    [Fact]
    public void Every_corpus_belongs_to_a_decoder_and_is_small()
    {
        Assert.Equal(DecoderCatalogue.All.Select(d => d.Name), Corpus.Folders().Order(StringComparer.Ordinal));
        Assert.All(DecoderCatalogue.All, d => Assert.InRange(Corpus.Of(d.Name).Sum(file => new FileInfo(file).Length), 1, MaxBytesPerTarget));
    }
}
