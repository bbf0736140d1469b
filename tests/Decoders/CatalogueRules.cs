using System.Reflection;

namespace Helios.Pipeline.Decoders.Tests;

/// <summary>No decoder is forgotten.</summary>
/// <remarks>
/// A new one is found by its shape: a product type that has a constructor over a span of bytes, or a method called Read, Decode, Parse, Skip, IsValid,
/// Classify, FindEnd, Decrypt, Open (also Try…, and with more behind it) that takes bytes. It must be named by <see cref="IDecoderUnderTest.Codecs"/> of a class
/// in the catalogue, or be listed here with the reason why it decodes nothing by itself.
/// </remarks>
public class CatalogueRules
{
    private static readonly string[] s_verbs = ["Read", "Decode", "Parse", "Skip", "IsValid", "Classify", "FindEnd", "Deserialize", "Detect", "Decrypt", "Open"];

    private static readonly Dictionary<string, string> s_noDecoders = new()
    {
        ["MetaCursor"] = "takes a prefix to seek, and hands keys and values to the decoders",
        ["VersionCursor"] = "takes bounds to seek, and hands keys and values to the decoders",
        ["VacatedSweep"] = "takes a prefix to seek, and hands keys to KeyReader",
        ["RocksStore"] = "takes a prefix to seek, and hands keys and values to the decoders",
        ["StoreIterator"] = "takes a bound to seek, and hands keys and values to the decoders",
        ["TableRows"] = "reads rows through RowView",
        ["Row"] = "reads rows through RowView and ColumnClr",
        ["RowKeys"] = "reads rows through RowView and KeyEncoder",
        ["IRowDecoder`1"] = "an interface",
        ["RowDecoding"] = "reads rows through Row",
        ["ProjectedReader`1"] = "reads rows through RowView and ColumnClr",
        ["RowReader`1"] = "reads rows through RowView and ColumnClr",
        ["KeyList"] = "reads what Validate has written in the same process",
        ["EvaluationFrame"] = "a row and what is known besides, for expressions that read it through ValueView",
        ["ExpressionValue"] = "reads values through ValueView",
        ["Table`1"] = "reads rows through RowReader",
        ["IRecordSplitter"] = "an interface",
        ["TypeInference"] = "abstract",
        ["IStorageFile"] = "an interface that reads into a span",
        ["PhysicalFile"] = "reads a file into a span",
        ["NdjsonColumns"] = "looks names up",
        ["KeyedHash"] = "takes a key",
        ["GcmContext"] = "abstract",
        ["LibcryptoGcm"] = "takes a key",
        ["RuntimeGcm"] = "takes a key",
        ["ClientKey"] = "takes a salt and gives a cipher; RowSealer opens rows with it behind SealedEnvelope",
        ["SecretBytes"] = "copies a secret",
        ["KekSecrets"] = "takes a key",
        ["KekId"] = "eight bytes of any value",
        ["ProducerId"] = "sixteen bytes of any value",
        ["KeyText"] = "a key as its owner types it, see KeyProviderTests",
        ["PasswordText"] = "a password as its owner types it, see KeyProviderTests",
    };

    [Fact]
    public void Every_type_that_reads_bytes_is_under_test()
    {
        var tested = DecoderCatalogue.All.SelectMany(d => d.Codecs).ToHashSet();
        var missing = Readers().Except(tested).Where(t => !s_noDecoders.ContainsKey(t.Name)).Select(t => t.FullName);
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_exception_to_the_rule_is_still_there()
    {
        var names = Product().SelectMany(a => a.GetTypes()).Select(t => t.Name);
        Assert.Empty(s_noDecoders.Keys.Except(names));
    }

    [Fact]
    public void The_rule_finds_what_it_must_find()
    {
        var found = Readers().Select(t => t.Name).ToHashSet();
        Assert.Superset(new HashSet<string> { "WalFrame", "RowView", "CatalogCodec", "DatabaseIdentity", "CsvFields", "CsvSplitter", "Numeric38", "KeyFileContent", "ValueCipher", "FrameCipher" }, found);
    }

    [Fact]
    public void Every_decoder_has_a_name_of_its_own_and_publishes_codes_that_are_listed()
    {
        var names = DecoderCatalogue.All.Select(d => d.Name).ToArray();
        Assert.Equal(names.Distinct(), names);
        var listed = File.ReadAllText(Path.Combine(Corpus.Root(), "docs", "errors.md"));
        Assert.All(DecoderCatalogue.All.SelectMany(d => d.Codes), code => Assert.Contains($"| `{code}` |", listed, StringComparison.Ordinal));
    }

    private static Assembly[] Product() => [typeof(Storage.Lsn).Assembly, typeof(Durability).Assembly, typeof(Maintenance.CheckpointStage).Assembly, typeof(Ingestion.HeliosEngine).Assembly];

    private static IEnumerable<Type> Readers() => Product().SelectMany(a => a.GetTypes())
        .Where(t => t.Namespace?.StartsWith("Helios.", StringComparison.Ordinal) == true)
        .Where(t => t.GetConstructors(All).Any(c => TakesBytes(c, arrays: false))
            || t.GetMethods(All | BindingFlags.Static | BindingFlags.DeclaredOnly).Any(m => !m.IsPrivate && IsVerb(m.Name) && TakesBytes(m, arrays: m.IsStatic)));

    private const BindingFlags All = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static bool IsVerb(string name)
    {
        var verb = name.StartsWith("Try", StringComparison.Ordinal) ? name[3..] : name;
        return s_verbs.Any(v => verb.StartsWith(v, StringComparison.Ordinal));
    }

    private static bool TakesBytes(MethodBase method, bool arrays) => method.GetParameters().Select(p => p.ParameterType).Any(t =>
        t == typeof(ReadOnlySpan<byte>) || t == typeof(ReadOnlyMemory<byte>) || (arrays && t == typeof(byte[])));
}
