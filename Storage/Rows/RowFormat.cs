namespace Helios.Pipeline.Storage;

/// <summary>
/// A row is one MessagePack array, positional: <c>[schema version, column 0, column 1, …]</c>. NULL is nil.
/// <code>
/// Boolean                     bool
/// Int2 Int4 Int8              int, smallest form
/// Float4 Float8               float 32, float 64 (big-endian, as MessagePack has it)
/// Numeric                     ext type 1: 1 scale (0 to 38, bit 7 = negative), then the digits' integer, big-endian, without leading zeros
/// Varchar Text Char Json      str (UTF-8)
/// Jsonb                       str, canonical text
/// Bytea                       bin
/// Date                        int, days since 0001-01-01
/// Time Timestamp Interval     int, ticks of 100 ns (Timestamp: since 0001-01-01)
/// Timestamptz                 int, ticks of 100 ns since 0001-01-01 UTC
/// Uuid                        bin of 16 bytes, in printed order
/// Array                       array of the above
/// Vector                      bin of little-endian float 32
/// </code>
/// </summary>
internal static class RowFormat
{
    /// <summary>The form drawn above. Rows do not carry it: there is one.</summary>
    public const int Version = 1;

    public const byte Nil = 0xc0;
    public const byte False = 0xc2;
    public const byte True = 0xc3;
    public const byte Bin8 = 0xc4, Bin16 = 0xc5, Bin32 = 0xc6;
    public const byte Ext8 = 0xc7;
    public const byte Float32 = 0xca, Float64 = 0xcb;
    public const byte UInt8 = 0xcc, UInt16 = 0xcd, UInt32 = 0xce, UInt64 = 0xcf;
    public const byte Int8 = 0xd0, Int16 = 0xd1, Int32 = 0xd2, Int64 = 0xd3;
    public const byte FixExt1 = 0xd4, FixExt2 = 0xd5, FixExt4 = 0xd6, FixExt8 = 0xd7, FixExt16 = 0xd8;
    public const byte Str8 = 0xd9, Str16 = 0xda, Str32 = 0xdb;
    public const byte Array16 = 0xdc, Array32 = 0xdd;

    /// <summary>Ext type of a Numeric.</summary>
    public const byte NumericExt = 1;

    public const int MaxRowBytes = 16 << 20;
}
