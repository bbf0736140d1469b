using System.Security.Cryptography;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>The values of blind columns: HMAC-SHA256 of the value's bytes in a key, so that what is equal in a key is equal here.</summary>
internal static class BlindHash
{
    /// <summary>Of a column of a row that fits its table; null for NULL.</summary>
    public static byte[]? Of(SealedSchema schema, int ordinal, ReadOnlySpan<byte> row, ReadOnlySpan<int> offsets, ClientKey key)
    {
        using var value = new ClearedBuffer();
        var made = schema.Encoders[ordinal]!.Append(row, offsets, value.Bytes);
        if (made.IsTooLong)
            throw ClientErrors.Refused(schema.Table, schema.Client, new RowFault(RowFault.KeyTooLong, ordinal));
        return made.HasNull ? null : Compute(schema, ordinal, value.Bytes.Written, key);
    }

    /// <summary>Of a value to look for.</summary>
    /// <exception cref="HeliosException">Invalid: no row of the column's type can have the value.</exception>
    public static byte[] Of(SealedSchema schema, int ordinal, object value, ClientKey key)
    {
        ArgumentNullException.ThrowIfNull(value);
        using var row = new ClearedBuffer();
        using var bytes = new ClearedBuffer();
        var writer = new RowWriter(row.Bytes);
        writer.Begin(1, 1);
        if (!ColumnClr.TryWrite(schema.Client.Columns[ordinal], value, ref writer, out var fault))
            throw ClientErrors.Refused(schema.Table, schema.Client, fault with { Ordinal = ordinal });
        writer.End();
        if (!schema.Encoders[ordinal]!.TryAppendProbe(row.Bytes.Written, bytes.Bytes, out _, out fault))
            throw ClientErrors.Refused(schema.Table, schema.Client, fault);
        return Compute(schema, ordinal, bytes.Bytes.Written, key);
    }

    private static byte[] Compute(SealedSchema schema, int ordinal, ReadOnlySpan<byte> value, ClientKey key)
    {
        using var secret = key.OpenColumn(schema.Table, schema.Client.Columns[ordinal].Name);
        return HMACSHA256.HashData(secret.Span, value)[..schema.BlindAt(ordinal)!.Bytes];
    }
}
