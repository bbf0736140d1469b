using System.Buffers.Binary;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Testing;

/// <summary>Writes and reads RocksDB's log format by its description, with no regard to damage.</summary>
internal static class ManifestFormat
{
    public static byte[] Write(IEnumerable<byte[]> records)
    {
        using var bytes = new MemoryStream();
        foreach (var record in records)
            Write(bytes, record);
        return bytes.ToArray();
    }

    /// <summary>Where each record begins, and what is in it.</summary>
    public static List<(int Start, byte[] Payload)> Read(ReadOnlySpan<byte> bytes)
    {
        var records = new List<(int, byte[])>();
        var (start, payload) = (0, new List<byte>());
        for (var at = 0; at < bytes.Length;)
        {
            var rest = ManifestScan.BlockSize - (at % ManifestScan.BlockSize);
            if (rest < ManifestScan.HeaderSize || bytes.Length - at < ManifestScan.HeaderSize)
            {
                at += rest;
                continue;
            }

            var length = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 4)..]);
            var type = bytes[at + 6];
            if (type is 1 or 2)
                (start, payload) = (at, []);
            payload.AddRange(bytes.Slice(at + ManifestScan.HeaderSize, length));
            if (type is 1 or 4)
                records.Add((start, [.. payload]));
            at += ManifestScan.HeaderSize + length;
        }

        return records;
    }

    /// <summary>Makes the checksum of each piece right.</summary>
    public static void Repair(Span<byte> bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var rest = Math.Min(ManifestScan.BlockSize - (at % ManifestScan.BlockSize), bytes.Length - at);
            var length = rest < ManifestScan.HeaderSize ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 4)..]);
            if (rest < ManifestScan.HeaderSize + length || (length == 0 && rest < ManifestScan.HeaderSize))
            {
                at += rest;
                continue;
            }

            WriteChecksum(bytes.Slice(at, ManifestScan.HeaderSize + length));
            at += ManifestScan.HeaderSize + length;
        }
    }

    private static void Write(MemoryStream bytes, ReadOnlySpan<byte> record)
    {
        var isFirst = true;
        do
        {
            var rest = ManifestScan.BlockSize - (int)(bytes.Length % ManifestScan.BlockSize);
            if (rest < ManifestScan.HeaderSize)
            {
                bytes.Write(new byte[rest]);
                rest = ManifestScan.BlockSize;
            }

            var part = record[..Math.Min(record.Length, rest - ManifestScan.HeaderSize)];
            record = record[part.Length..];
            var piece = new byte[ManifestScan.HeaderSize + part.Length];
            BinaryPrimitives.WriteUInt16LittleEndian(piece.AsSpan(4), (ushort)part.Length);
            piece[6] = (isFirst, record.IsEmpty) switch { (true, true) => 1, (true, false) => 2, (false, false) => 3, _ => 4 };
            part.CopyTo(piece.AsSpan(ManifestScan.HeaderSize));
            WriteChecksum(piece);
            bytes.Write(piece);
            isFirst = false;
        }
        while (!record.IsEmpty);
    }

    private static void WriteChecksum(Span<byte> piece)
    {
        var crc = Crc32C.Compute(piece[6..]);
        BinaryPrimitives.WriteUInt32LittleEndian(piece, ((crc >> 15) | (crc << 17)) + 0xa282ead8);
    }
}
