using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Everything that costs CPU and needs no order: arity, types, NOT NULL, lengths, UTF-8, and the unique keys that Constrain will compare.</summary>
/// <remarks>Runs on the workers of a <see cref="DataflowStep{TMessage}"/>, or on the caller's thread for a small commit. Touches nothing but the envelope; never throws for bad rows.
/// Where indexes may be in the store in part, it looks ahead what each key has, so that Constrain need not.</remarks>
internal sealed class ValidateStage(TablePlans plans, RocksStore store, SnapshotRegistry snapshots)
{
    /// <summary>Refused rows whose text the answer of a refused commit quotes; all of them are listed by number.</summary>
    private const int QuotedRejections = 10;

    public void Validate(WriteEnvelope envelope)
    {
        envelope.PlansEpoch = plans.Epoch; // first: what changes from here on is seen by Constrain
        if (envelope.Changes.Length > ChangeFormat.MaxCommitBytes)
        {
            envelope.Failure = TooLong(envelope.Changes.Length);
            return;
        }

        var row = 0;
        var commits = new CommitReader(envelope.Changes.Buffer.Written);
        commits.TryNext(out var operations);
        while (operations.TryNext(out var operation))
        {
            if (operation.Kind == OperationKind.Insert && !ValidateInsert(envelope, operation, ref row))
                return;
        }

        if (!ValidateWrites(envelope))
            return;
        if (envelope.Rejected.Count > 0 && envelope.OnReject == OnReject.RejectCommit)
            envelope.Failure = Refused(envelope);
        envelope.Validated = true;
    }

    /// <summary>A defect, not bad input: the commit is refused, the engine goes on.</summary>
    public static void Fail(WriteEnvelope envelope, Exception error) =>
        envelope.Failure = error as HeliosException ?? new HeliosException(HeliosErrorKind.Internal, "internal",
            $"Validation failed: {error.Message} Nothing of the commit was written.", error);

    /// <summary>A table has been altered since: what was validated is validated again, by the rules of now. Rows left out stay so.</summary>
    public void Repeat(WriteEnvelope envelope)
    {
        envelope.Keys.Truncate(0);
        Validate(envelope);
    }

    /// <summary>The answer to a commit that is refused for its rows: the first one's reason, and how many there are.</summary>
    public static HeliosException Refused(WriteEnvelope envelope, string? table = null)
    {
        var first = envelope.Rejected[0];
        var others = envelope.Rejected.Count == 1 ? "" :
            $" {envelope.Rejected.Count - 1} more {(envelope.Rejected.Count == 2 ? "row is" : "rows are")} refused: {string.Join("; ", envelope.Rejected.Skip(1).Take(QuotedRejections).Select(r => $"row {r.Row}: {r.Message}"))}{(envelope.Rejected.Count > QuotedRejections + 1 ? "; …" : "")}.";
        return new HeliosException(HeliosErrorKind.Invalid, first.Code, $"Row {first.Row}: {first.Message}.{others} Nothing of the commit was written.")
        {
            Table = table ?? first.Table,
            Row = first.Row,
            Column = first.Column,
            Constraint = first.Constraint,
        };
    }

    private bool ValidateInsert(WriteEnvelope envelope, OperationView operation, ref int row)
    {
        var insert = operation.AsInsert();
        if (!TryGetPlan(envelope, insert.Table, out var plan))
            return false;

        var schema = plan.Definition.Schema;
        Span<int> offsets = schema.Columns.Length <= 128 ? stackalloc int[schema.Columns.Length] : new int[schema.Columns.Length];
        var local = 0;
        foreach (var bytes in insert)
        {
            if (!insert.IsDropped(local))
            {
                var mark = envelope.Keys.Length;
                var rejection = Check(envelope, plan, bytes, offsets, row);
                if (rejection is not null)
                {
                    envelope.Keys.Truncate(mark);
                    envelope.Rejected.Add(rejection);
                    if (envelope.OnReject == OnReject.RejectRow)
                        ChangePatch.Drop(envelope.Changes.Buffer.Written.Slice(operation.BodyOffset, operation.Body.Length), local);
                }
            }

            local++;
            row++;
        }

        return true;
    }

    /// <summary>Checks each row as it is to be, and writes the keys of that row and of the one that was read ahead.</summary>
    private bool ValidateWrites(WriteEnvelope envelope)
    {
        if (plans.MaxIndexBytes > 0 && !RecordReads(envelope))
            return false;
        int[] offsets = [];
        foreach (ref var write in envelope.Writes.All)
        {
            if (write.IsDropped)
                continue;
            if (!TryGetPlan(envelope, write.Table, out var plan))
                return false;
            if (offsets.Length < plan.Definition.Schema.Columns.Length)
                offsets = new int[plan.Definition.Schema.Columns.Length];
            if (!write.Key.IsNone && plan.Trees[0].CanSpill)
                write.Recorded = Look(envelope, plan, 0, envelope.Writes[write.Key]);
            if (!write.After.IsNone)
            {
                write.AfterKeys = envelope.Keys.Length;
                if (Check(envelope, plan, envelope.Writes[write.After], offsets, write.Number) is { } rejection)
                {
                    envelope.Keys.Truncate(write.AfterKeys);
                    envelope.Rejected.Add(rejection);
                    write.IsDropped = true;
                    if (envelope.Writes.HasCaused)
                        envelope.Writes.Drop(write.Number);
                    continue;
                }
            }

            if (!write.Before.IsNone)
                write.BeforeKeys = AppendKeys(plan, envelope.Writes[write.Before], offsets, envelope.Keys);
        }

        return true;
    }

    /// <summary>Writes the keys of a stored row; returns where they begin.</summary>
    public static int AppendKeys(TablePlan plan, ReadOnlySpan<byte> row, Span<int> offsets, ByteBuffer keys)
    {
        var start = keys.Length;
        RowView.ReadOffsets(row, offsets[..plan.Definition.Schema.Columns.Length]);
        for (var i = 0; i < plan.Encoders.Length; i++)
            AppendKey(plan, i, row, offsets, keys);
        return start;
    }

    public static HeliosException TooLong(int bytes) => new(HeliosErrorKind.Invalid, "commit_too_long",
        $"The commit has {bytes} bytes; the limit is {ChangeFormat.MaxCommitBytes}. Nothing of it was written: cut it into smaller commits.");

    private bool TryGetPlan(WriteEnvelope envelope, TableId table, [MaybeNullWhen(false)] out TablePlan plan)
    {
        if (plans.TryGet(table, out plan))
            return true;
        envelope.Failure = new HeliosException(HeliosErrorKind.Invalid, "unknown_table", $"There is no table {table}. Nothing of the commit was written.");
        return false;
    }

    private bool RecordReads(WriteEnvelope envelope)
    {
        var reads = envelope.Writes.KeyReads;
        for (var i = 0; i < reads.Length; i++)
        {
            if (!TryGetPlan(envelope, reads[i].Table, out var plan))
                return false;
            if (plan.AlteredAt > envelope.Writes.Snapshot || reads[i].Index >= plan.UniqueCount)
                continue; // it names the index by a place that may be another one's now: Constrain refuses the commit
            envelope.Writes.Record(i, Look(envelope, plan, reads[i].Index, envelope.Writes[reads[i].Key]));
        }

        return true;
    }

    private KeyVersion Look(WriteEnvelope envelope, TablePlan plan, int index, ReadOnlySpan<byte> key) =>
        IndexLookup.TryFind(plan, index, key, envelope.Pin(snapshots), store, out var found) ? found : default;

    /// <summary>Writes behind the key that has just been written what it has as of the commit's snapshot; behind a foreign key's, what the key has that it refers to.</summary>
    private void Record(WriteEnvelope envelope, TablePlan plan, int index, int start)
    {
        var lookIn = (Plan: plan, Index: index);
        if (index >= plan.UniqueCount)
        {
            ForeignKeyPlan? reference = null;
            foreach (var candidate in plan.ForeignKeys)
                reference = candidate.ChildIndex == index ? candidate : reference;
            if (reference is null)
                return;
            lookIn = (reference.Parent, reference.ParentIndex);
        }

        var keys = envelope.Keys;
        var length = BinaryPrimitives.ReadInt32LittleEndian(keys.Written[start..]);
        if (length < 0 || !lookIn.Plan.Trees[lookIn.Index].CanSpill)
            return;
        var found = Look(envelope, lookIn.Plan, lookIn.Index, keys.Written.Slice(start + sizeof(int), length));
        if (found.Lsn == Lsn.Zero)
            return;
        BinaryPrimitives.WriteInt32LittleEndian(keys.Written[start..], length | KeyList.RecordedFlag);
        var value = keys.GetSpan(KeyList.RecordedSize);
        BinaryPrimitives.WriteUInt64LittleEndian(value, found.Row.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(value[sizeof(ulong)..], found.Lsn.Value);
        keys.Advance(KeyList.RecordedSize);
    }

    private RowRejection? Check(WriteEnvelope envelope, TablePlan plan, ReadOnlySpan<byte> bytes, Span<int> offsets, int row)
    {
        var keys = envelope.Keys;
        if (!RowRules.TryValidate(plan.Definition.Schema, bytes, offsets, out var fault))
        {
            var column = fault.Ordinal >= 0 ? plan.Definition.Schema.Columns[fault.Ordinal].Name : null;
            return new RowRejection(row, fault.Code, column, null, $"table {plan.Definition.Name}: {fault.Describe(plan.Definition.Schema).TrimEnd('.')}") { Table = plan.Definition.Name };
        }

        if (plan.Checks?.Check(bytes, offsets, row) is { } refused)
            return refused;
        for (var i = 0; i < plan.Encoders.Length; i++)
        {
            var start = keys.Length;
            if (!AppendKey(plan, i, bytes, offsets, keys))
                return plan.KeyTooLong(i, row);
            if (plans.MaxIndexBytes > 0)
                Record(envelope, plan, i, start);
        }

        return null;
    }

    /// <summary>Writes one key of a row: its length, -1 where there is none, and the key. False where it is too long.</summary>
    private static bool AppendKey(TablePlan plan, int index, ReadOnlySpan<byte> row, ReadOnlySpan<int> offsets, ByteBuffer keys)
    {
        var start = keys.Length;
        keys.GetSpan(sizeof(int));
        keys.Advance(sizeof(int));
        var key = plan.Encoders[index].Append(row, offsets, keys);
        if (key.IsTooLong)
            return false;
        BinaryPrimitives.WriteInt32LittleEndian(keys.Written[start..], key.HasNull ? -1 : key.Length);
        if (key.HasNull)
            keys.Truncate(start + sizeof(int));
        return true;
    }
}
