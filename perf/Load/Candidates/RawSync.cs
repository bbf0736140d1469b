using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Helios.Pipeline.Load;

/// <summary>What the disk does: one thread writes 150 bytes behind the last ones and syncs, again and again. Producers play no part.</summary>
/// <param name="filled">False: the file grows, so that each sync writes its length too. True: the file is there already, full of zeros.</param>
internal sealed class RawSync(bool filled) : Candidate
{
    /// <summary>Records that show what the disk does; more only take longer.</summary>
    public const int MaxRecords = 5_000;

    private const int RecordSize = 150;
    private const string FileName = "records";

    private SafeFileHandle? _file;

    public override Task OpenAsync(string directory)
    {
        _file = File.OpenHandle(Path.Combine(directory, FileName), FileMode.CreateNew, FileAccess.Write);
        if (filled)
        {
            RandomAccess.Write(_file, new byte[MaxRecords * RecordSize], 0);
            Sync();
        }

        return Task.CompletedTask;
    }

    public override Task<long> RunAsync(BulkRows rows, Workload workload, Latencies latencies)
    {
        Span<byte> record = stackalloc byte[RecordSize];
        for (var row = 0L; row < workload.Rows; row++)
        {
            var started = Stopwatch.GetTimestamp();
            BulkRows.WriteKey(row, record);
            rows.WriteValue(row, record[BulkRows.KeySize..]);
            RandomAccess.Write(_file!, record, row * RecordSize);
            Sync();
            latencies.Record(row, started);
        }

        return Task.FromResult(workload.Rows);
    }

    public override Task CloseAsync()
    {
        _file!.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Counts records that begin with the key they should.</summary>
    public override Task<long> CountAsync(string directory)
    {
        var bytes = File.ReadAllBytes(Path.Combine(directory, FileName)).AsSpan();
        var count = 0;
        while (bytes.Length >= RecordSize && BinaryPrimitives.ReadInt64BigEndian(bytes) == BulkRows.Id(count))
        {
            bytes = bytes[RecordSize..];
            count++;
        }

        return Task.FromResult((long)count);
    }

    private void Sync()
    {
        // The runtime's own flush hides the errors of a sync.
        if (NativeMethods.DataSync(_file!) != 0)
            throw new IOException($"fdatasync failed with errno {Marshal.GetLastPInvokeError()}.");
    }
}
