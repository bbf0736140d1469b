using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

[HeliosTable]
public sealed record Trip([property: Key] long Id, [property: Unique] string Plate, DateTimeOffset At, double? Fare)
{
    public static Trip Number(long id) => new(id, $"plate {id}", DateTimeOffset.UnixEpoch.AddMinutes(id), id % 3 == 0 ? null : id / 4.0);
}

public enum Mood
{
    Calm,
    Wild,
}

[Flags]
public enum Sides
{
    None = 0,
    Left = 1,
    Right = 2,
}

/// <summary>Values of each CLR type that the typed API takes: ordinary ones and those at the ends of the range.</summary>
internal static class SampleRows
{
    public static object[] Of(Type type, ColumnType column)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Of(inner, column);
        if (type == typeof(DateTime))
        {
            var kind = column == ColumnType.Timestamp ? DateTimeKind.Unspecified : DateTimeKind.Utc;
            return [new DateTime(2026, 2, 3, 4, 5, 6, kind).AddTicks(7), new DateTime(0, kind), new DateTime(DateTime.MaxValue.Ticks, kind)];
        }

        if (type == typeof(string) && column is ColumnType.Json or ColumnType.Jsonb)
            return ["""{"a":1}""", "[]", "\"ü\""];
        return s_values[type];
    }

    /// <summary>A value in a form that compares.</summary>
    public static object? Plain(object? value) => value switch
    {
        ReadOnlyMemory<byte> bytes => Convert.ToHexString(bytes.Span),
        byte[] bytes => Convert.ToHexString(bytes),
        ReadOnlyMemory<float> floats => string.Join(" ", floats.ToArray()),
        Array array => string.Join(" | ", array.Cast<object?>().Select(v => Plain(v) ?? "NULL")),
        JsonElement json => json.GetRawText(),
        JsonNode node => node.ToJsonString(),
        _ => value,
    };

    private static readonly Dictionary<Type, object[]> s_values = new()
    {
        [typeof(bool)] = [true, false],
        [typeof(sbyte)] = [(sbyte)1, sbyte.MinValue, sbyte.MaxValue],
        [typeof(byte)] = [(byte)1, byte.MinValue, byte.MaxValue],
        [typeof(short)] = [(short)1, short.MinValue, short.MaxValue],
        [typeof(ushort)] = [(ushort)1, ushort.MinValue, ushort.MaxValue],
        [typeof(int)] = [1, int.MinValue, int.MaxValue],
        [typeof(uint)] = [1u, uint.MinValue, uint.MaxValue],
        [typeof(long)] = [1L, long.MinValue, long.MaxValue, 0L],
        [typeof(ulong)] = [1ul, ulong.MinValue, ulong.MaxValue],
        [typeof(Int128)] = [(Int128)1, -(Int128)long.MaxValue * 1_000_000_000_000_000_000, (Int128)0],
        [typeof(UInt128)] = [(UInt128)1, (UInt128)ulong.MaxValue * 1_000_000_000_000_000_000, (UInt128)0],
        [typeof(BigInteger)] = [BigInteger.One, -BigInteger.Pow(10, 37), BigInteger.Pow(10, 38) - 1],
        [typeof(float)] = [1.5f, float.NaN, float.PositiveInfinity, float.MinValue, float.Epsilon],
        [typeof(double)] = [1.5, double.NaN, double.NegativeInfinity, double.MaxValue, double.Epsilon],
        [typeof(decimal)] = [1.50m, decimal.MinValue, decimal.MaxValue, 0.0000000000000000000000000001m],
        [typeof(string)] = ["text", "", "Grüße 🚕", new string('x', 70_000)],
        [typeof(Guid)] = [Guid.Empty, new Guid("00112233-4455-6677-8899-aabbccddeeff")],
        [typeof(DateOnly)] = [new DateOnly(2026, 2, 3), DateOnly.MinValue, DateOnly.MaxValue],
        [typeof(TimeOnly)] = [new TimeOnly(1, 2, 3).Add(new TimeSpan(7)), TimeOnly.MinValue, TimeOnly.MaxValue],
        [typeof(DateTimeOffset)] = [new DateTimeOffset(2026, 2, 3, 4, 5, 6, TimeSpan.Zero), DateTimeOffset.MinValue, DateTimeOffset.MaxValue],
        [typeof(TimeSpan)] = [TimeSpan.FromSeconds(-1.5), TimeSpan.MinValue, TimeSpan.MaxValue],
        [typeof(byte[])] = [new byte[] { 0, 255 }, Array.Empty<byte>()],
        [typeof(ReadOnlyMemory<byte>)] = [(ReadOnlyMemory<byte>)new byte[] { 0, 255 }, ReadOnlyMemory<byte>.Empty],
        [typeof(float[])] = [new[] { 1f, -2.5f, 0f }, Array.Empty<float>()],
        [typeof(ReadOnlyMemory<float>)] = [(ReadOnlyMemory<float>)new[] { 1f, -2.5f }, ReadOnlyMemory<float>.Empty],
        [typeof(JsonElement)] = [JsonElement.Parse("""{"a":[1,2.5]}"""), JsonElement.Parse("null"), JsonElement.Parse("\"x\"")],
        [typeof(JsonNode)] = [JsonNode.Parse("""{"a":[1,2]}""")!, JsonNode.Parse("7")!],
        [typeof(JsonObject)] = [new JsonObject { ["a"] = 1 }, new JsonObject()],
        [typeof(JsonArray)] = [new JsonArray(1, "b", null)],
        [typeof(Mood)] = [Mood.Calm, Mood.Wild],
        [typeof(Sides)] = [Sides.None, Sides.Right, Sides.Left | Sides.Right],
        [typeof(int[])] = [new[] { 1, -2 }, Array.Empty<int>()],
        [typeof(int?[])] = [new int?[] { 1, null }],
        [typeof(string[])] = [new[] { "a", null, "" }],
        [typeof(Mood[])] = [new[] { Mood.Wild }],
        [typeof(decimal[])] = [new[] { 1.10m }],
        [typeof(byte[][])] = [new[] { new byte[] { 1 }, [] }],
    };
}
