namespace Helios.Pipeline.Storage;

/// <summary>The types a column can have. The numbers are stored in the catalog: they never change.</summary>
public enum ColumnType : byte
{
    /// <summary>true or false.</summary>
    Boolean = 1,

    /// <summary>16-bit signed integer.</summary>
    Int2 = 2,

    /// <summary>32-bit signed integer.</summary>
    Int4 = 3,

    /// <summary>64-bit signed integer.</summary>
    Int8 = 4,

    /// <summary>IEEE 754 single; NaN and infinities are values.</summary>
    Float4 = 5,

    /// <summary>IEEE 754 double; NaN and infinities are values.</summary>
    Float8 = 6,

    /// <summary>Exact decimal of up to 38 digits; 1.0 and 1.00 are one key, each row keeps its scale.</summary>
    Numeric = 7,

    /// <summary>Text of at most <see cref="Column.Length"/> characters (0 = no limit), ordinal UTF-8.</summary>
    Varchar = 8,

    /// <summary>Text, ordinal UTF-8.</summary>
    Text = 9,

    /// <summary>Text of at most <see cref="Column.Length"/> characters; trailing blanks do not compare.</summary>
    Char = 10,

    /// <summary>Bytes.</summary>
    Bytea = 11,

    /// <summary>A day, 0001-01-01 to 9999-12-31.</summary>
    Date = 12,

    /// <summary>Time of day in 100 ns ticks.</summary>
    Time = 13,

    /// <summary>Date and time without a zone, 100 ns ticks.</summary>
    Timestamp = 14,

    /// <summary>A moment, stored in UTC, 100 ns ticks.</summary>
    Timestamptz = 15,

    /// <summary>A duration in 100 ns ticks.</summary>
    Interval = 16,

    /// <summary>A UUID; sorts in its printed order.</summary>
    Uuid = 17,

    /// <summary>JSON that keeps its text.</summary>
    Json = 18,

    /// <summary>JSON in canonical form.</summary>
    Jsonb = 19,

    /// <summary>A list of values of <see cref="Column.ElementType"/>; elements may be NULL.</summary>
    Array = 20,

    /// <summary>Single-precision floats, <see cref="Column.Length"/> of them (0 = any number).</summary>
    Vector = 21,
}
