using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Helios.Pipeline.Load;

/// <summary>What the disk does: one thread appends 150 bytes to a growing file and syncs it, again and again. Producers play no part.</summary>
internal sealed class RawSync : Candidate
{
    private const int RecordSize = 150;
    private const string FileName = "records";

    private SafeFileHandle? _file;

    public override Task OpenAsync(string directory)
    {
        _file = File.OpenHandle(Path.Combine(directory, FileName), FileMode.CreateNew, FileAccess.Write);
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
            // The runtime's own flush hides the errors of a sync.
            if (NativeMethods.DataSync(_file!) != 0)
                throw new IOException($"fdatasync failed with errno {Marshal.GetLastPInvokeError()}.");
            latencies.Record(row, started);
        }

        return Task.FromResult(workload.Rows);
    }

    public override Task CloseAsync()
    {
        _file!.Dispose();
        return Task.CompletedTask;
    }

    public override Task<long> CountAsync(string directory) =>
        Task.FromResult(new FileInfo(Path.Combine(directory, FileName)).Length / RecordSize);
}
