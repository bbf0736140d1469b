using System.Text;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class NdjsonFieldsTests
{
    private static readonly NdjsonColumns Columns = new(["id", "plate", "note", "Øy"]);

    [Theory]
    [InlineData("{}", "")]
    [InlineData(" { } ", "")]
    [InlineData("{\"id\":1,\"plate\":\"AB\",\"note\":null}", "0=Number:1|1=String:AB|2=Null:null")]
    [InlineData("{\"note\":true,\"id\":-1.5e3}", "2=True:true|0=Number:-1.5e3")]
    [InlineData("{\"id\": {\"a\" : [1, \"}\"]} , \"note\":[]}", "0=StartObject:{\"a\" : [1, \"}\"]}|2=StartArray:[]")]
    [InlineData("{\"note\":\"say \\\"hi\\\"\\n\\u00e9\",\"plate\":\"\"}", "2=String:say \"hi\"\né|1=String:")]
    [InlineData("{\"n\\u006fte\":\"x\",\"Øy\":\"ø\"}", "2=String:x|3=String:ø")]
    [InlineData("{\"\\u00d8y\":1}", "3=Number:1")]
    public void Fields_are_matched_to_columns_in_any_order(string record, string fields)
    {
        Assert.Equal(fields, Walk(record, out var fault));
        Assert.Null(fault);
    }

    [Theory]
    [InlineData("{\"id\":1,\"speed\":2}", "unknown_column", "speed")]
    [InlineData("{\"ID\":1}", "unknown_column", "ID")]
    [InlineData("{\"id\":1,\"id\":2}", "duplicate_column", "id")]
    [InlineData("{\"id\":1,\"\\u0069d\":2}", "duplicate_column", "id")]
    [InlineData("", "malformed_record", null)]
    [InlineData("[1]", "malformed_record", null)]
    [InlineData("null", "malformed_record", null)]
    [InlineData("{\"id\":1", "malformed_record", null)]
    [InlineData("{\"id\":1,}", "malformed_record", null)]
    [InlineData("{\"id\":01}", "malformed_record", null)]
    [InlineData("{\"id\":NaN}", "malformed_record", null)]
    [InlineData("{id:1}", "malformed_record", null)]
    [InlineData("{\"id\":1}{\"id\":2}", "malformed_record", null)]
    [InlineData("{\"id\":1} x", "malformed_record", null)]
    [InlineData("{\"id\":1/* no */}", "malformed_record", null)]
    [InlineData("{\"note\":\"\\ud800\"}", "malformed_record", null)]
    [InlineData("{\"\\udc00\":1}", "malformed_record", null)]
    [InlineData("{\"note\":\"\\x\"}", "malformed_record", null)]
    public void A_record_that_does_not_fit_is_refused_with_its_reason(string record, string code, string? column)
    {
        Walk(record, out var fault);

        Assert.Equal((code, column), (fault!.Code, fault.Column));
    }

    [Fact]
    public void A_malformed_record_names_the_byte()
    {
        Walk("{\"id\":1,\"plate\":x}", out var fault);

        Assert.Contains("at byte 16", fault!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    [InlineData(100_000, false)]
    public void Depth_ends_at_64(int arrays, bool isFine)
    {
        Walk($"{{\"note\":{new string('[', arrays)}{new string(']', arrays)}}}", out var fault);

        Assert.Equal(isFine ? null : RecordCodes.Malformed, fault?.Code);
    }

    [Fact]
    public void Columns_without_a_field_are_known()
    {
        var scratch = new FieldScratch();
        var fields = new NdjsonFields("{\"note\":1,\"id\":2}"u8, Columns, scratch);
        while (fields.MoveNext())
        {
        }

        Assert.Equal([true, false, true, false], Enumerable.Range(0, 4).Select(scratch.HasSeen));

        fields = new NdjsonFields("{}"u8, Columns, scratch);
        Assert.False(fields.MoveNext());
        Assert.False(scratch.HasSeen(0));
    }

    [Fact]
    public void Walking_allocates_nothing_in_any_order_of_fields()
    {
        var scratch = new FieldScratch();
        Sum(scratch);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1_000; i++)
            Sum(scratch);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_record_is_accepted_only_where_it_is_a_json_object()
    {
        string[] pieces = ["{", "}", "\"id\"", ":", ",", "1", "\"note\"", "\"\\u0041\"", "[", "]", "\\", "\"", "null", " ", "\0", "\"\\ud800\""];
        var accepted = 0;
        Seeds.Run(5_000, random =>
        {
            var record = "{\"id\":" + string.Concat(Enumerable.Range(0, random.Next(1, 8)).Select(_ => pieces[random.Next(pieces.Length)]));
            Walk(record, out var fault);

            if (fault is null)
            {
                accepted++;
                using var document = System.Text.Json.JsonDocument.Parse(record);
                Assert.Equal(System.Text.Json.JsonValueKind.Object, document.RootElement.ValueKind);
            }
        });
        Assert.True(accepted > 0 || Environment.GetEnvironmentVariable("HELIOS_SEED") is not null);
    }

    private static int Sum(FieldScratch scratch)
    {
        var bytes = 0;
        var fields = new NdjsonFields("{\"plate\":\"AB \\u00e9\",\"id\":7,\"note\":{\"a\":[1]}}"u8, Columns, scratch);
        while (fields.MoveNext())
            bytes += fields.Value.Length;
        return fields.Fault is null ? bytes : throw new InvalidOperationException("The record is fine.");
    }

    private static string Walk(string record, out RecordFault? fault)
    {
        var shown = new List<string>();
        var fields = new NdjsonFields(Encoding.UTF8.GetBytes(record), Columns, new FieldScratch());
        while (fields.MoveNext())
            shown.Add($"{fields.Ordinal}={fields.Kind}:{Encoding.UTF8.GetString(fields.Value)}");
        fault = fields.Fault;
        return string.Join('|', shown);
    }
}
