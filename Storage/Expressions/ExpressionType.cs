namespace Helios.Pipeline.Storage;

/// <summary>What an expression gives. Columns of several types share one: what they hold compares and computes alike.</summary>
internal enum ExpressionType : byte
{
    /// <summary>NULL and nothing else: it goes with every type.</summary>
    Null,
    Boolean,

    /// <summary>Int2, Int4, Int8: computed in 64 bits, checked.</summary>
    Integer,
    Numeric,

    /// <summary>Float4, Float8: computed as double.</summary>
    Float,

    /// <summary>Varchar, Text.</summary>
    Text,

    /// <summary>Text whose trailing blanks do not compare.</summary>
    Char,
    Bytea,
    Date,
    Time,
    Timestamp,
    Timestamptz,
    Interval,
    Uuid,

    /// <summary>Json, Jsonb: carried, never looked into or compared.</summary>
    Json,

    /// <summary>Carried and counted, never compared.</summary>
    Array,

    /// <summary>Carried and counted, never compared.</summary>
    Vector,
}

/// <summary>Which types go together.</summary>
internal static class ExpressionTypes
{
    public static ExpressionType Of(ColumnType type) => type switch
    {
        ColumnType.Boolean => ExpressionType.Boolean,
        ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8 => ExpressionType.Integer,
        ColumnType.Float4 or ColumnType.Float8 => ExpressionType.Float,
        ColumnType.Numeric => ExpressionType.Numeric,
        ColumnType.Varchar or ColumnType.Text => ExpressionType.Text,
        ColumnType.Char => ExpressionType.Char,
        ColumnType.Bytea => ExpressionType.Bytea,
        ColumnType.Date => ExpressionType.Date,
        ColumnType.Time => ExpressionType.Time,
        ColumnType.Timestamp => ExpressionType.Timestamp,
        ColumnType.Timestamptz => ExpressionType.Timestamptz,
        ColumnType.Interval => ExpressionType.Interval,
        ColumnType.Uuid => ExpressionType.Uuid,
        ColumnType.Json or ColumnType.Jsonb => ExpressionType.Json,
        ColumnType.Array => ExpressionType.Array,
        ColumnType.Vector => ExpressionType.Vector,
        _ => throw new HeliosException(HeliosErrorKind.Internal, "internal", $"There is no expression type for {type}."),
    };

    public static bool IsNumber(this ExpressionType type) => type is ExpressionType.Integer or ExpressionType.Numeric or ExpressionType.Float;

    public static bool IsText(this ExpressionType type) => type is ExpressionType.Text or ExpressionType.Char;

    public static bool IsComparable(this ExpressionType type) => type is not (ExpressionType.Json or ExpressionType.Array or ExpressionType.Vector);

    /// <summary>The type in which values of both are compared, or between which a choice is made; null where there is none.</summary>
    public static ExpressionType? Common(ExpressionType a, ExpressionType b)
    {
        if (a == b || b == ExpressionType.Null)
            return a;
        if (a == ExpressionType.Null)
            return b;
        if (a.IsNumber() && b.IsNumber())
            return a > b ? a : b; // Integer, Numeric, Float: the later one holds the earlier
        return a.IsText() && b.IsText() ? ExpressionType.Text : null;
    }
}
