using System.Text.Json;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Records of one commit on their way: cut, encoded, submitted, answered.</summary>
internal sealed class IngestBatch(RecordBatch records, SourceProgress position, long expectedOffset, TableDefinition table, bool keepLines) : IRejectRecorder, IDisposable
{
    private static readonly JsonWriterOptions s_lineOptions = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The record of each row; null where every record became a row, which is nearly always.</summary>
    private List<int>? _recordOfRow;

    /// <summary>Records that were not stored, in the order they were refused.</summary>
    public List<IngestReject> Rejects { get; } = [];

    /// <summary>The lines for the file of rejects, each with its record's number; empty where no file is wanted.</summary>
    public List<(long Record, byte[] Line)> Lines { get; } = [];

    public WriteEnvelope? Envelope { get; private set; }

    public ValueTask<CommitReceipt> Answer { get; set; }

    /// <summary>Set where encoding failed for a reason that no record is to blame for.</summary>
    public Exception? Failure { get; set; }

    public SourceProgress Position { get; } = position;

    private Guid Source => SourceGuid.Of(Position.Key.Fingerprint);

    /// <summary>Encodes every record into one commit: rows, dead letters, the source's new position.</summary>
    public void Encode(RecordEncoder encoder, BatchLimits limits)
    {
        var envelope = WriteEnvelope.Rent();
        var changes = envelope.Changes;
        changes.BeginInsert(table.Id, table.Partition);
        List<(int Record, RecordFault Fault)> refused = [];
        for (var i = 0; i < records.Count; i++)
        {
            if (records.Slices[i].Flaw.Fault(limits) is { } flaw)
            {
                Refuse(i, flaw);
                continue;
            }

            changes.BeginRow();
            if (encoder.Encode(records.Bytes(i), changes.Buffer) is { } fault)
            {
                changes.AbandonRow();
                Refuse(i, fault);
                continue;
            }

            changes.EndRow();
            _recordOfRow?.Add(i);
        }

        changes.EndInsert(droppable: true);
        if (refused.Count > 0)
        {
            changes.BeginInsert(DeadLetters.Definition.Id, DeadLetters.Definition.Partition);
            foreach (var (record, fault) in refused)
                Record(changes, record, fault.Code, fault.Column, fault.Message);
            changes.EndInsert(droppable: false);
        }

        changes.MoveSource(Position, expectedOffset);
        changes.Seal();
        envelope.OnReject = OnReject.RejectRow;
        envelope.Recorder = this;
        Envelope = envelope;

        void Refuse(int record, RecordFault fault)
        {
            _recordOfRow ??= [.. Enumerable.Range(0, record)];
            refused.Add((record, fault));
        }
    }

    void IRejectRecorder.Record(ChangeSetBuilder deadLetters, RowRejection rejection) =>
        Record(deadLetters, _recordOfRow?[rejection.Row] ?? rejection.Row, rejection.Code, rejection.Column, rejection.Message);

    public void Dispose() => records.Dispose();

    private void Record(ChangeSetBuilder deadLetters, int index, string code, string? column, string message)
    {
        var rejected = new RejectedRecord
        {
            Record = records.NumberOf(index),
            Offset = records.OffsetOf(index),
            Code = code,
            Column = column,
            Message = message,
            Raw = records.Bytes(index),
            RawBytes = records.Slices[index].RawBytes,
        };
        rejected.Write(deadLetters, table.Name, Source);
        Rejects.Add(new IngestReject(rejected.Record, rejected.Offset, code, column, message));
        if (!keepLines)
            return;
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, s_lineOptions))
            rejected.Write(json);
        line.WriteByte((byte)'\n');
        Lines.Add((rejected.Record, line.ToArray()));
    }
}

/// <summary>A source's fingerprint as the UUID that dead letters carry.</summary>
internal static class SourceGuid
{
    public static Guid Of(UInt128 fingerprint)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, fingerprint);
        return new Guid(bytes, bigEndian: true);
    }
}
