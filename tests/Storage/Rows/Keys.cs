namespace Helios.Pipeline.Storage.Tests;

/// <summary>Keys and faults of rows, in one call.</summary>
internal static class Keys
{
    /// <summary>The key over all columns.</summary>
    public static byte[] Of(TableSchema schema, byte[] row)
    {
        using var buffer = new ByteBuffer();
        var offsets = new int[schema.Columns.Length];
        Assert.True(RowRules.TryValidate(schema, row, offsets, out var fault), fault.Code);
        var result = new KeyEncoder(schema, [.. Enumerable.Range(0, offsets.Length)]).Append(row, offsets, buffer);
        Assert.False(result.IsTooLong);
        Assert.Equal(buffer.Length, result.Length);
        return buffer.Written.ToArray();
    }

    public static RowFault FaultOf(TableSchema schema, byte[] row)
    {
        RowRules.TryValidate(schema, row, new int[schema.Columns.Length], out var fault);
        return fault;
    }
}
