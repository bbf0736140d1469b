using System.Text;
using System.Text.Json;

namespace Helios.Pipeline.Storage.Tests;

public class CanonicalJsonTests
{
    [Theory]
    [InlineData("{ \"b\" : 1 , \"a\" : [ true , null ] }", "{\"a\":[true,null],\"b\":1}")]
    [InlineData("{\"a\":1,\"a\":2}", "{\"a\":2}")]
    [InlineData("{\"\\u0061\":1,\"a\":2}", "{\"a\":2}")]
    [InlineData("\"\\u00e9\\/\\u0001\\n\\ud83d\\ude00\"", "\"é/\\u0001\\n😀\"")]
    [InlineData("[]", "[]")]
    [InlineData("{}", "{}")]
    [InlineData("1.0", "1")]
    [InlineData("1.50", "1.5")]
    [InlineData("10e-1", "1")]
    [InlineData("1E+2", "100")]
    [InlineData("-0.0", "0")]
    [InlineData("-0.5e1", "-5")]
    [InlineData("0.001", "0.001")]
    [InlineData("0.000001", "0.000001")]
    [InlineData("0.0000001", "1e-7")]
    [InlineData("123456789012345678901234567890123456789", "1.23456789012345678901234567890123456789e+38")]
    [InlineData("12345678901234567890123456789012345678.5", "12345678901234567890123456789012345678.5")]
    [InlineData("1e400", "1e+400")]
    [InlineData("12e-400", "1.2e-399")]
    [InlineData("{\"\uffff\":1,\"\U0001F600\":2}", "{\"\uffff\":1,\"\U0001F600\":2}")] // UTF-8 order, not that of UTF-16
    public void Equal_json_has_one_text(string json, string canonical)
    {
        Assert.Equal(canonical, TypeSamples.Canonical(json));
        Assert.Equal(canonical, TypeSamples.Canonical(canonical));
    }

    [Fact]
    public void The_canonical_text_means_what_the_text_meant() => Seed.Run(random =>
    {
        for (var i = 0; i < 500; i++)
        {
            var json = TypeSamples.NextJson(random, 0, spaced: true);
            var canonical = TypeSamples.Canonical(json);
            Assert.Equal(canonical, TypeSamples.Canonical(canonical));
            Assert.True(Same(JsonDocument.Parse(json).RootElement, JsonDocument.Parse(canonical).RootElement), json);
        }
    });

    [Fact]
    public void Json_is_valid_where_the_platform_says_so() => Seed.Run(random =>
    {
        const string pieces = "{}[],:\"\"\\ntrue false null 0123456789.eE+-u00e9 \t";
        var valid = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = new StringBuilder(random.Next(3) == 0 ? "" : TypeSamples.NextJson(random, 2, spaced: true));
            for (var edits = random.Next(3); edits > 0; edits--)
            {
                if (random.Next(2) == 0 && text.Length > 0)
                    text.Remove(random.Next(text.Length), 1);
                else
                    text.Insert(random.Next(text.Length + 1), pieces[random.Next(pieces.Length)]);
            }

            var utf8 = Encoding.UTF8.GetBytes(text.ToString());
            var expected = IsJson(utf8);
            valid += expected ? 1 : 0;
            if (expected != JsonSyntax.IsValid(utf8) && !text.ToString().Contains("\\u", StringComparison.Ordinal) && !HasHugeExponent(text.ToString()))
                Assert.Fail($"{text} is {(expected ? "valid" : "invalid")}.");
        }

        Assert.InRange(valid, 1_000, 19_000);
    });

    [Theory]
    [InlineData("\"\\ud83d\"")]
    [InlineData("\"\\ude00\"")]
    [InlineData("\"\\ud83d\\u0041\"")]
    [InlineData("\"\\ud83d")]
    [InlineData("1e1234567")]
    [InlineData("")]
    [InlineData("1 2")]
    [InlineData("[1,]")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{a:1}")]
    [InlineData("'a'")]
    [InlineData("NaN")]
    [InlineData("01")]
    [InlineData("\"a\nb\"")]
    public void What_has_no_canonical_text_is_no_json_here(string text) => Assert.False(JsonSyntax.IsValid(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Sixty_four_levels_are_json_and_sixty_five_are_not()
    {
        var most = new string('[', 64) + new string(']', 64);
        Assert.Equal(most, TypeSamples.Canonical(most));
        Assert.False(JsonSyntax.IsValid(Encoding.UTF8.GetBytes('[' + most + ']')));
    }

    private static bool HasHugeExponent(string text) => System.Text.RegularExpressions.Regex.IsMatch(text, "[eE][+-]?[0-9]{7}");

    private static bool IsJson(byte[] utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool Same(JsonElement a, JsonElement b)
    {
        if (a.ValueKind != b.ValueKind)
            return false;
        switch (a.ValueKind)
        {
            case JsonValueKind.Number:
                return a.GetDouble() == b.GetDouble();
            case JsonValueKind.String:
                return a.GetString() == b.GetString();
            case JsonValueKind.Array:
                return a.GetArrayLength() == b.GetArrayLength() && a.EnumerateArray().Zip(b.EnumerateArray(), Same).All(s => s);
            case JsonValueKind.Object:
                return a.EnumerateObject().All(p => Same(a.GetProperty(p.Name), b.GetProperty(p.Name)))
                    && b.EnumerateObject().All(p => a.TryGetProperty(p.Name, out _));
            default:
                return true;
        }
    }
}
