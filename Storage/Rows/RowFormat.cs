namespace Helios.Pipeline.Storage;

/// <summary>
/// One row: one MessagePack array, positional, without padding. Any MessagePack reader can read it.
/// <code>
/// array header   columns + 1 (fixarray, array 16)
/// uint           schema version
/// value          column 0
/// value          column 1
/// ...            nothing stands behind the last column
///
/// type                        value (nil = NULL for every type)
/// Boolean                     false, true
/// Int2, Int4, Int8            integer in its smallest form
/// Float4 / Float8             float 32 / float 64
/// Numeric                     ext 8, type 1: scale (1 byte, 0..38) · sign (1 byte, 1 = negative) ·
///                             magnitude (0..16 bytes, big-endian, no leading zero byte, at most 38 digits)
/// Varchar, Text, Char         str, valid UTF-8
/// Json / Jsonb                str: the text as it came / the canonical text of <see cref="CanonicalJson"/>
/// Bytea                       bin
/// Date                        integer, days since 0001-01-01
/// Time, Timestamp, Interval   integer, ticks of 100 ns (since midnight / since 0001-01-01T00:00:00 / signed)
/// Timestamptz                 integer, UTC ticks of 100 ns since 0001-01-01T00:00:00Z
/// Uuid                        bin, 16 bytes in printed order
/// Array                       array of element values, nil allowed
/// Vector                      bin, little-endian float 32, 4 bytes each
/// </code>
/// </summary>
internal static class RowFormat
{
    /// <summary>The version of this form of rows.</summary>
    public const int Version = 1;

    /// <summary>Bytes a whole row may have, inclusive.</summary>
    public const int MaxRowBytes = 16 * 1024 * 1024;

    /// <summary>Bytes an encoded key may have, inclusive.</summary>
    public const int MaxKeyBytes = 64 * 1024;

    /// <summary>The MessagePack extension type of Numeric.</summary>
    public const byte NumericExtension = 1;

    /// <summary>Days from 0001-01-01 to 9999-12-31.</summary>
    public const long MaxDayNumber = 3_652_058;

    /// <summary>The last 100 ns of 9999-12-31.</summary>
    public const long MaxTimestampTicks = 3_155_378_975_999_999_999;

    /// <summary>The last 100 ns of a day.</summary>
    public const long MaxTimeTicks = TimeSpan.TicksPerDay - 1;
}
