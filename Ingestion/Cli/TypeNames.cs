using System.Globalization;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Cli;

/// <summary>Column types as they are written on the command line: our names, and those of SQL.</summary>
internal static class TypeNames
{
    /// <summary>What a message lists.</summary>
    public const string Valid =
        "boolean, int2, int4, int8, float4, float8, numeric, varchar(n), text, char(n), bytea, date, time, timestamp, timestamptz, interval, uuid, json, jsonb, vector(n), and arrays such as text[]";

    private static readonly Dictionary<string, ColumnType> s_aliases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["bool"] = ColumnType.Boolean,
        ["smallint"] = ColumnType.Int2,
        ["short"] = ColumnType.Int2,
        ["int"] = ColumnType.Int4,
        ["integer"] = ColumnType.Int4,
        ["bigint"] = ColumnType.Int8,
        ["long"] = ColumnType.Int8,
        ["real"] = ColumnType.Float4,
        ["double"] = ColumnType.Float8,
        ["double precision"] = ColumnType.Float8,
        ["float"] = ColumnType.Float8,
        ["decimal"] = ColumnType.Numeric,
        ["character varying"] = ColumnType.Varchar,
        ["string"] = ColumnType.Text,
        ["character"] = ColumnType.Char,
        ["bpchar"] = ColumnType.Char,
        ["bytes"] = ColumnType.Bytea,
        ["blob"] = ColumnType.Bytea,
        ["binary"] = ColumnType.Bytea,
        ["time without time zone"] = ColumnType.Time,
        ["datetime"] = ColumnType.Timestamp,
        ["timestamp without time zone"] = ColumnType.Timestamp,
        ["timestamp with time zone"] = ColumnType.Timestamptz,
        ["datetimeoffset"] = ColumnType.Timestamptz,
        ["duration"] = ColumnType.Interval,
        ["guid"] = ColumnType.Uuid,
    };

    static TypeNames()
    {
        foreach (var type in Enum.GetValues<ColumnType>())
        {
            if (type != ColumnType.Array)
                s_aliases[type.ToString()] = type;
        }
    }

    /// <summary>Reads a type; says in <paramref name="why"/> what is wrong with one that it does not know.</summary>
    public static bool TryParse(string name, string text, out Column? column, out string? why)
    {
        column = null;
        var type = text.Trim();
        var isArray = type.EndsWith("[]", StringComparison.Ordinal);
        if (isArray)
            type = type[..^2].TrimEnd();

        var length = 0;
        var open = type.IndexOf('(', StringComparison.Ordinal);
        if (open >= 0)
        {
            if (!type.EndsWith(')') || !int.TryParse(type.AsSpan(open + 1, type.Length - open - 2), NumberStyles.None, CultureInfo.InvariantCulture, out length) || length is < 1 or > 16_777_216)
            {
                why = $"'{text}': a length is a number from 1 to 16777216, as in varchar(20)";
                return false;
            }

            type = type[..open].TrimEnd();
        }

        if (!s_aliases.TryGetValue(type, out var found))
        {
            why = $"there is no type '{text}'; there are {Valid}";
            return false;
        }

        if (length > 0 && (isArray || found is not (ColumnType.Varchar or ColumnType.Char or ColumnType.Vector)))
        {
            why = isArray ? $"'{text}': the elements of an array take no length" : $"'{text}': {Name(found)} takes no length";
            return false;
        }

        why = null;
        column = isArray
            ? new Column(name, ColumnType.Array) { ElementType = found }
            : new Column(name, found) { Length = length };
        return true;
    }

    /// <summary>A column's type, so that <see cref="TryParse"/> reads it back.</summary>
    public static string Of(Column column) => column switch
    {
        { Type: ColumnType.Array, ElementType: { } element } => Name(element) + "[]",
        { Length: > 0 } => string.Create(CultureInfo.InvariantCulture, $"{Name(column.Type)}({column.Length})"),
        _ => Name(column.Type),
    };

    private static string Name(ColumnType type) => type.ToString().ToLowerInvariant();
}
