using System.Buffers.Binary;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Journals of the recorder: records of 64 bytes, path and data behind each; see native/pls.h.</summary>
internal static class Journal
{
    private const int Header = 64;
    private const uint Magic = 0x3153_4c50;

    /// <summary>Writes the journals of processes that worked on one directory one after the other as one, so that a power loss may come after a kill.</summary>
    /// <remarks>What a killed process wrote and did not sync stays undurable until a later process syncs the file: that is why the second may not simply be based on the files it found.</remarks>
    public static void Join(IEnumerable<string> journals, string into)
    {
        using var output = File.Create(into);
        var (sequence, files) = (0UL, 0U);
        foreach (var journal in journals)
        {
            var bytes = File.ReadAllBytes(journal);
            var (lastSequence, lastFile) = (sequence, files);
            for (var at = 0; at + Header <= bytes.Length;)
            {
                var record = bytes.AsSpan(at);
                if (BinaryPrimitives.ReadUInt32LittleEndian(record) != Magic)
                    throw new InvalidDataException($"{journal}: no record at byte {at}.");
                var length = Header + (long)BinaryPrimitives.ReadUInt32LittleEndian(record[56..]) + BinaryPrimitives.ReadUInt32LittleEndian(record[60..]);
                if (at + length > bytes.Length)
                    break; // the process was killed while it wrote this record
                Shift(record, sequence, files);
                lastSequence = Math.Max(lastSequence, BinaryPrimitives.ReadUInt64LittleEndian(record[8..]));
                lastFile = Math.Max(lastFile, BinaryPrimitives.ReadUInt32LittleEndian(record[24..]));
                output.Write(record[..(int)length]);
                at += (int)length;
            }

            (sequence, files) = (lastSequence, lastFile);
        }
    }

    private static void Shift(Span<byte> record, ulong sequence, uint files)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(record[8..], BinaryPrimitives.ReadUInt64LittleEndian(record[8..]) + sequence);
        if (BinaryPrimitives.ReadUInt32LittleEndian(record[24..]) is > 0 and var file)
            BinaryPrimitives.WriteUInt32LittleEndian(record[24..], file + files);
        // What a sync covered is a sequence number too.
        if (BinaryPrimitives.ReadUInt16LittleEndian(record[4..]) is 6 or 7 or 8 or 9 or 19)
            BinaryPrimitives.WriteUInt64LittleEndian(record[48..], BinaryPrimitives.ReadUInt64LittleEndian(record[48..]) + sequence);
    }
}
