using System.Runtime.InteropServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>What a run tells the outside after each answer: totals, progress, acknowledgements, rejects. One thread.</summary>
internal sealed class IngestOutputs : IDisposable
{
    private const int RejectsTold = 10;

    private readonly IngestOptions _options;
    private readonly RejectsFile? _rejectsFile;
    private readonly AcksFile? _acksFile;
    private readonly Dictionary<(string Code, string? Column), (long Count, long First)> _groups = [];
    private readonly long? _totalBytes;
    private long _rows;
    private long _rejected;
    private long _record;
    private Lsn _lsn;

    private IngestOutputs(IngestOptions options, RejectsFile? rejects, AcksFile? acks, long? totalBytes)
    {
        _options = options;
        _rejectsFile = rejects;
        _acksFile = acks;
        _totalBytes = totalBytes;
    }

    public bool TooManyRejects => _rejected > _options.MaxRejects;

    /// <summary>Opens the files and brings them to what the store has: both are derived from it.</summary>
    public static IngestOutputs Open(HeliosEngine engine, Table table, Guid source, IngestOptions options)
    {
        var rejects = options.RejectsFile is { } path ? RejectsFile.Open(path, engine, table.Name, source) : null;
        try
        {
            var acks = options.AcksFile is { } acksPath ? AcksFile.Open(acksPath) : null;
            return new IngestOutputs(options, rejects, acks, options.TotalBytes);
        }
        catch
        {
            rejects?.Dispose();
            throw;
        }
    }

    public void Take(IngestBatch batch, CommitReceipt receipt)
    {
        _rows += receipt.Rows;
        _record = batch.Position.Record;
        _lsn = receipt.Lsn;
        foreach (var reject in batch.Rejects)
        {
            if (_rejected++ < RejectsTold)
                _options.Rejected?.Invoke(reject);
            ref var group = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, (reject.Code, reject.Column), out var known);
            group = known ? (group.Count + 1, Math.Min(group.First, reject.Record)) : (1, reject.Record);
        }

        _rejectsFile?.Append(batch.Lines);
        _acksFile?.Append(_record, _lsn);
        _options.Progress?.Invoke(new IngestProgress(batch.Position.Offset, _totalBytes, _record, _rows, _rejected));
    }

    public IngestReport Report(string table, long resumedAt, bool complete, TimeSpan elapsed, Lsn visible) => new()
    {
        Table = table,
        Rows = _rows,
        Rejected = _rejected,
        RejectGroups = [.. _groups.OrderByDescending(g => g.Value.Count).Select(g => new IngestRejectGroup(g.Key.Code, g.Key.Column, g.Value.Count, g.Value.First))],
        ResumedAt = resumedAt,
        LastRecord = Math.Max(_record, resumedAt),
        Lsn = _lsn == Lsn.Zero ? visible : _lsn,
        Elapsed = elapsed,
        IsComplete = complete,
        TooManyRejects = TooManyRejects,
    };

    public void Dispose()
    {
        _rejectsFile?.Dispose();
        _acksFile?.Dispose();
    }
}

/// <summary>Lines "record, tab, LSN": all records up to that number are decided and as durable as the level promises.</summary>
internal sealed class AcksFile : IDisposable
{
    private readonly FileStream _file;

    private AcksFile(FileStream file)
    {
        _file = file;
    }

    /// <summary>Goes on behind the last whole line; what a kill left of a line is cut.</summary>
    public static AcksFile Open(string path)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        if (file.CanSeek && file.Length > 0) // a pipe or a device keeps nothing to go on behind
            CutTornLine(file);
        return new AcksFile(file);
    }

    public void Append(long record, Lsn lsn) =>
        _file.Write(System.Text.Encoding.ASCII.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{record}\t{lsn}\n")));

    public void Dispose() => _file.Dispose();

    private static void CutTornLine(FileStream file)
    {
        var end = file.Length;
        for (; end > 0; end--)
        {
            file.Position = end - 1;
            if (file.ReadByte() == '\n')
                break;
        }

        file.SetLength(end);
        file.Position = end;
    }
}
