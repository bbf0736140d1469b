using System.Buffers;
using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>Looks behind a bad place for a frame that says that what is missing there was durable.</summary>
/// <remarks>
/// A frame in a payload (rows may hold bytes of a log) cannot mislead: a copy was made after its original, so it states a durable LSN below
/// its own first LSN, which lies before the bad place or was truly reached.
/// </remarks>
internal static class WalEvidence
{
    private const int Chunk = 256 << 10;

    private static readonly byte[] Magic = BitConverter.GetBytes(BitConverter.IsLittleEndian
        ? WalFormat.FrameMagic
        : BinaryPrimitives.ReverseEndianness(WalFormat.FrameMagic));

    /// <summary>Searches one segment from an offset; null where nothing is proven.</summary>
    public static string? FindInSegment(IStorageFile file, long from, ulong segmentId, Guid databaseId, ulong epoch, Lsn expected)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            while (true)
            {
                var count = file.Read(buffer, from);
                if (count < WalFrame.HeaderSize)
                    return null;

                var bytes = buffer.AsSpan(0, count);
                var last = count - WalFrame.HeaderSize; // a header that begins later is read whole by the next round
                for (var at = 0; at <= last; at++)
                {
                    var next = bytes[at..].IndexOf(Magic);
                    if (next < 0 || at + next > last)
                        break;
                    at += next;
                    var frame = new WalFrame(bytes.Slice(at, WalFrame.HeaderSize));
                    if (Proves(frame, segmentId, databaseId, epoch, expected) && ChecksumHolds(file, from + at, frame))
                        return $"the intact frame at byte {from + at} of '{file.Path}' states that everything up to LSN {frame.Durable} was durable";
                }

                from += last + 1;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Where the bytes that are not zero end, from an offset on; the offset itself where there are none.</summary>
    public static long EndOfContent(IStorageFile file, long from)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            var end = from;
            for (int count; (count = file.Read(buffer, from)) > 0; from += count)
            {
                var last = buffer.AsSpan(0, count).LastIndexOfAnyExcept((byte)0);
                if (last >= 0)
                    end = from + last + 1;
            }

            return end;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The cheap questions come before the checksum: bytes made to look like many frames must not cost a checksum each.</summary>
    private static bool Proves(in WalFrame frame, ulong segmentId, Guid databaseId, ulong epoch, Lsn expected) =>
        frame.HasPlausibleLength && frame.SegmentId == segmentId && frame.DatabaseId == databaseId && frame.Epoch >= epoch
        && frame.Durable >= expected && frame.First > frame.Durable;

    private static bool ChecksumHolds(IStorageFile file, long offset, in WalFrame frame)
    {
        var end = offset + frame.Length;
        if (end > file.Length)
            return false;

        var state = WalFrame.ChecksumStart(frame.Bytes, frame.Bytes[12..WalFrame.HeaderSize]);
        var buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            for (var at = offset + WalFrame.HeaderSize; at < end;)
            {
                var count = file.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)), at);
                if (count == 0)
                    return false;
                state = Crc32C.Append(state, buffer.AsSpan(0, count));
                at += count;
            }

            return Crc32C.Finish(state) == frame.Crc;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
