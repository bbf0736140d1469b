using System.Buffers.Binary;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Operations of the recorder that the tests look at; see native/pls.h.</summary>
internal enum JournalOperation
{
    Sync = 6,
    FailedSync = 7,
    DirectorySync = 8,
    FailedDirectorySync = 9,
    Rename = 10,
    Mark = 15,
    SyncAll = 19,
}

/// <summary>One record; valid while it is visited.</summary>
/// <param name="bytes">Header, path and data.</param>
internal readonly ref struct JournalRecord(Span<byte> bytes)
{
    public const int HeaderSize = 64;

    public Span<byte> Bytes { get; } = bytes;

    public JournalOperation Operation => (JournalOperation)BinaryPrimitives.ReadUInt16LittleEndian(Bytes[4..]);

    public long Moment => BinaryPrimitives.ReadInt64LittleEndian(Bytes[8..]);

    public uint File => BinaryPrimitives.ReadUInt32LittleEndian(Bytes[24..]);

    /// <summary>What is marked; of a sync, the moment up to which it covers the file.</summary>
    public ulong Value => BinaryPrimitives.ReadUInt64LittleEndian(Bytes[48..]);

    public ReadOnlySpan<byte> Path => Bytes.Slice(HeaderSize, BinaryPrimitives.ReadInt32LittleEndian(Bytes[56..]));

    /// <summary>Puts the record behind others.</summary>
    public void Shift(long moments, uint files)
    {
        if (File > 0)
            BinaryPrimitives.WriteUInt32LittleEndian(Bytes[24..], File + files);
        // What a sync covered is a moment too.
        if (Operation is JournalOperation.Sync or JournalOperation.FailedSync or JournalOperation.DirectorySync or JournalOperation.FailedDirectorySync or JournalOperation.SyncAll)
            BinaryPrimitives.WriteUInt64LittleEndian(Bytes[48..], Value + (ulong)moments);
        BinaryPrimitives.WriteInt64LittleEndian(Bytes[8..], Moment + moments);
    }
}

/// <summary>Journals of the recorder: records of 64 bytes, path and data behind each; see native/pls.h.</summary>
internal static class Journal
{
    private const uint Magic = 0x3153_4c50;

    public delegate void Visitor(in JournalRecord record);

    /// <summary>Shows every whole record, in order.</summary>
    public static void Visit(byte[] journal, Visitor visitor)
    {
        for (var at = 0; at + JournalRecord.HeaderSize <= journal.Length;)
        {
            var rest = journal.AsSpan(at);
            if (BinaryPrimitives.ReadUInt32LittleEndian(rest) != Magic)
                throw new InvalidDataException($"There is no record at byte {at}.");
            var length = JournalRecord.HeaderSize + (long)BinaryPrimitives.ReadUInt32LittleEndian(rest[56..]) + BinaryPrimitives.ReadUInt32LittleEndian(rest[60..]);
            if (at + length > journal.Length)
                break; // the process was killed while it wrote this record
            visitor(new JournalRecord(rest[..(int)length]));
            at += (int)length;
        }
    }

    /// <summary>Writes the journals of processes that worked on one directory one after the other as one, so that a power loss may come after a kill.</summary>
    /// <remarks>What a killed process wrote and did not sync stays undurable until a later process syncs the file: that is why the second may not simply be based on the files it found.</remarks>
    public static void Join(IEnumerable<string> journals, string into)
    {
        using var output = File.Create(into);
        var (moments, files) = (0L, 0U);
        foreach (var journal in journals)
        {
            var (lastMoment, lastFile) = (moments, files);
            Visit(File.ReadAllBytes(journal), (in JournalRecord record) =>
            {
                record.Shift(moments, files);
                lastMoment = Math.Max(lastMoment, record.Moment);
                lastFile = Math.Max(lastFile, record.File);
                output.Write(record.Bytes);
            });
            (moments, files) = (lastMoment, lastFile);
        }
    }
}
