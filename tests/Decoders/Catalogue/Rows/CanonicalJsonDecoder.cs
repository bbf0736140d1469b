using System.Text;
using System.Text.Json;
using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>JSON text to its one canonical text, which is its own.</summary>
internal sealed class CanonicalJsonDecoder : DecoderUnderTest<string>
{
    public override string Name => "canonical-json";

    public override IReadOnlyList<Type> Codecs => [typeof(CanonicalJson), typeof(CanonicalJsonNumber), typeof(JsonSyntax)];

    public override bool IsCanonical => false;

    public override IEnumerable<byte[]> CostlyInputs => Texts;

    public static IEnumerable<byte[]> Texts =>
    [
        .. new[] { "{}", "[]", "0", "\"\"", "1.5", "{\"a\":0}", "[0]", "{\"\":{}}", "\"\\n\"", "1e9" }.Select(item => Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat(item, 10_000))}]")),
        Encoding.UTF8.GetBytes($"{{{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"{i}\":0"))}}}"),
        Encoding.UTF8.GetBytes($"{{{string.Join(',', Enumerable.Repeat("\"\":0", 10_000))}}}"),
    ];

    protected override Gen<string> Values { get; } = CellKinds.Json.Select(json => Canonical(Encoding.UTF8.GetBytes(json)));

    protected override byte[] Encode(string value) => Encoding.UTF8.GetBytes(value);

    protected override bool TryDecode(byte[] bytes, out string value)
    {
        value = Canonical(bytes);
        using var document = JsonDocument.Parse(value, new JsonDocumentOptions { MaxDepth = JsonSyntax.MaxDepth }); // another reader takes it too
        return true;
    }

    public override void Walk(byte[] bytes)
    {
        using var buffer = new ByteBuffer();
        CanonicalJson.Write(bytes, buffer);
    }

    private static string Canonical(byte[] utf8)
    {
        using var buffer = new ByteBuffer();
        CanonicalJson.Write(utf8, buffer);
        return Encoding.UTF8.GetString(buffer.Written);
    }
}
