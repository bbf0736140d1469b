using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Which column types a CLR type may have, the one it has by itself first, and how its values are written there. Used once per type of row.</summary>
internal static class ColumnCodecs
{
    private static readonly Dictionary<Type, Fit> s_fits = new()
    {
        [typeof(bool)] = new(_ => new BooleanCodec(), ColumnType.Boolean),
        [typeof(sbyte)] = Integer<sbyte>(ColumnType.Int2, ColumnType.Int4, ColumnType.Int8),
        [typeof(byte)] = Integer<byte>(ColumnType.Int2, ColumnType.Int4, ColumnType.Int8),
        [typeof(short)] = Integer<short>(ColumnType.Int2, ColumnType.Int4, ColumnType.Int8),
        [typeof(ushort)] = Integer<ushort>(ColumnType.Int4, ColumnType.Int8),
        [typeof(int)] = Integer<int>(ColumnType.Int4, ColumnType.Int8),
        [typeof(uint)] = Integer<uint>(ColumnType.Int8),
        [typeof(long)] = Integer<long>(ColumnType.Int8),
        [typeof(ulong)] = Integer<ulong>(),
        [typeof(Int128)] = Integer<Int128>(),
        [typeof(UInt128)] = Integer<UInt128>(),
        [typeof(BigInteger)] = Integer<BigInteger>(),
        [typeof(float)] = new(_ => new SingleCodec(), ColumnType.Float4),
        [typeof(double)] = new(_ => new DoubleCodec(), ColumnType.Float8),
        [typeof(decimal)] = new(_ => new DecimalCodec(), ColumnType.Numeric),
        [typeof(string)] = new(
            type => type is ColumnType.Json or ColumnType.Jsonb ? new JsonTextCodec(type) : new TextCodec(),
            ColumnType.Text, ColumnType.Varchar, ColumnType.Char, ColumnType.Json, ColumnType.Jsonb),
        [typeof(Guid)] = new(_ => new GuidCodec(), ColumnType.Uuid),
        [typeof(DateOnly)] = new(_ => new DateCodec(), ColumnType.Date),
        [typeof(TimeOnly)] = new(_ => new TimeCodec(), ColumnType.Time),
        [typeof(DateTime)] = new(
            type => type == ColumnType.Timestamp ? new TimestampCodec() : new UtcTimestampCodec(),
            ColumnType.Timestamp, ColumnType.Timestamptz),
        [typeof(DateTimeOffset)] = new(_ => new MomentCodec(), ColumnType.Timestamptz),
        [typeof(TimeSpan)] = new(_ => new IntervalCodec(), ColumnType.Interval),
        [typeof(byte[])] = new(_ => new BytesCodec(), ColumnType.Bytea),
        [typeof(ReadOnlyMemory<byte>)] = new(_ => new MemoryCodec(), ColumnType.Bytea),
        [typeof(float[])] = new(
            type => type == ColumnType.Vector ? new VectorCodec() : new ArrayCodec<float>(new SingleCodec()),
            ColumnType.Vector, ColumnType.Array),
        [typeof(ReadOnlyMemory<float>)] = new(_ => new VectorMemoryCodec(), ColumnType.Vector),
        [typeof(JsonElement)] = new(type => new JsonElementCodec(type), ColumnType.Jsonb, ColumnType.Json),
        [typeof(JsonNode)] = new(type => new JsonNodeCodec<JsonNode>(type), ColumnType.Jsonb, ColumnType.Json),
        [typeof(JsonObject)] = new(type => new JsonNodeCodec<JsonObject>(type), ColumnType.Jsonb, ColumnType.Json),
        [typeof(JsonArray)] = new(type => new JsonNodeCodec<JsonArray>(type), ColumnType.Jsonb, ColumnType.Json),
    };

    /// <summary>The CLR types that have columns by themselves; enums, nullable values and arrays come on top.</summary>
    public static IEnumerable<Type> ClrTypes => s_fits.Keys;

    /// <summary>Finds the column type of a CLR type, <paramref name="wanted"/> where one is asked for; null where there is none.</summary>
    public static CodecChoice? Find(Type clr, ColumnType? wanted)
    {
        if (Nullable.GetUnderlyingType(clr) is { } inner)
            return Find(inner, wanted) is { } choice ? choice with { Codec = Make(typeof(NullableCodec<>), [inner], choice.Codec) } : null;
        if (s_fits.TryGetValue(clr, out var fit) || TryEnum(clr, out fit))
        {
            var type = wanted ?? fit.Types[0];
            if (!fit.Types.Contains(type))
                return null;
            return new CodecChoice(type, type == ColumnType.Array ? Find(clr.GetElementType()!, null)!.Type : null, fit.Make(type));
        }

        if (clr.IsSZArray && wanted is null or ColumnType.Array && clr.GetElementType() is { } element
            && Find(element, null) is { Type: not ColumnType.Array } item)
            return new CodecChoice(ColumnType.Array, item.Type, Make(typeof(ArrayCodec<>), [element], item.Codec));
        return null;
    }

    /// <summary>The column types that a CLR type may have; empty where it may be no column.</summary>
    public static IReadOnlyList<ColumnType> TypesOf(Type clr) =>
        Enum.GetValues<ColumnType>().Where(type => Find(clr, type) is not null).ToArray();

    private static bool TryEnum(Type clr, [NotNullWhen(true)] out Fit? fit)
    {
        fit = clr.IsEnum ? new Fit(_ => Make(typeof(EnumCodec<>), [clr]), ColumnType.Text, ColumnType.Varchar, ColumnType.Char) : null;
        return fit is not null;
    }

    private static Fit Integer<TInteger>(params ColumnType[] types)
        where TInteger : struct, IBinaryInteger<TInteger> =>
        new(type => type == ColumnType.Numeric ? new WideIntegerCodec<TInteger>() : new IntegerCodec<TInteger>(), [.. types, ColumnType.Numeric]);

    private static object Make(Type generic, Type[] arguments, params object[] parameters) =>
        Activator.CreateInstance(generic.MakeGenericType(arguments), BindingFlags.Instance | BindingFlags.Public, null, parameters, null)!;

    private sealed record Fit(Func<ColumnType, object> Make, params ColumnType[] Types);
}

/// <summary>What a CLR type becomes.</summary>
/// <param name="Type">The column's type.</param>
/// <param name="Element">What an array holds.</param>
/// <param name="Codec">A <see cref="ValueCodec{TValue}"/> of the CLR type.</param>
internal sealed record CodecChoice(ColumnType Type, ColumnType? Element, object Codec);
