using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>The bytes of a source's position: body of a MoveSource operation, and (behind a format byte) its value in the store.</summary>
internal static class SourceCodec
{
    private const byte StoreFormat = 1;

    public static int StoredSize => 1 + ChangeFormat.MoveSourceSize + 8;

    public static void Write(Span<byte> body, SourceProgress progress, long expectedOffset)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(body, progress.Table.Value);
        BinaryPrimitives.WriteUInt128LittleEndian(body[4..], progress.Key.Fingerprint);
        BinaryPrimitives.WriteInt32LittleEndian(body[20..], progress.Key.CoveredBytes);
        BinaryPrimitives.WriteInt64LittleEndian(body[24..], expectedOffset);
        BinaryPrimitives.WriteInt64LittleEndian(body[32..], progress.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(body[40..], progress.Record);
        BinaryPrimitives.WriteUInt32LittleEndian(body[48..], progress.Crc);
        BinaryPrimitives.WriteUInt32LittleEndian(body[52..], progress.Complete ? 1u : 0u);
        BinaryPrimitives.WriteInt64LittleEndian(body[56..], progress.Stored);
        BinaryPrimitives.WriteInt64LittleEndian(body[64..], progress.Rejected);
    }

    public static SourceProgress Read(ReadOnlySpan<byte> body, Lsn lsn, out long expectedOffset)
    {
        if (body.Length != ChangeFormat.MoveSourceSize)
            throw ChangeFormat.Damaged($"a source position has {body.Length} bytes instead of {ChangeFormat.MoveSourceSize}");
        var complete = BinaryPrimitives.ReadUInt32LittleEndian(body[52..]);
        if (complete > 1)
            throw ChangeFormat.Damaged($"a source position says {complete} where 0 or 1 belongs");

        expectedOffset = BinaryPrimitives.ReadInt64LittleEndian(body[24..]);
        var key = new SourceKey(BinaryPrimitives.ReadUInt128LittleEndian(body[4..]), BinaryPrimitives.ReadInt32LittleEndian(body[20..]));
        return new SourceProgress(new TableId(BinaryPrimitives.ReadUInt32LittleEndian(body)), key)
        {
            Offset = BinaryPrimitives.ReadInt64LittleEndian(body[32..]),
            Record = BinaryPrimitives.ReadInt64LittleEndian(body[40..]),
            Crc = BinaryPrimitives.ReadUInt32LittleEndian(body[48..]),
            Complete = complete == 1,
            Stored = BinaryPrimitives.ReadInt64LittleEndian(body[56..]),
            Rejected = BinaryPrimitives.ReadInt64LittleEndian(body[64..]),
            Lsn = lsn,
        };
    }

    /// <summary>Writes a stored position from an operation's body: format, body, LSN.</summary>
    public static void WriteStored(Span<byte> value, ReadOnlySpan<byte> body, Lsn lsn)
    {
        value[0] = StoreFormat;
        body.CopyTo(value[1..]);
        BinaryPrimitives.WriteUInt64LittleEndian(value[(1 + ChangeFormat.MoveSourceSize)..], lsn.Value);
    }

    /// <exception cref="HeliosException">"corrupt", or "format_too_new" where a later version wrote it.</exception>
    public static SourceProgress ReadStored(ReadOnlySpan<byte> value)
    {
        StoreErrors.CheckFormat("position of a source", value, StoreFormat, StoredSize);
        var lsn = new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(value[(1 + ChangeFormat.MoveSourceSize)..]));
        return Read(value.Slice(1, ChangeFormat.MoveSourceSize), lsn, out _);
    }
}
