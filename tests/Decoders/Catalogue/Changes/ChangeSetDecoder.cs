using System.Buffers.Binary;
using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>The payload of a frame: commits, their operations, rows and keys.</summary>
internal sealed class ChangeSetDecoder : DecoderUnderTest<ChangeValue[][]>
{
    public override string Name => "change-set";

    public override IReadOnlyList<Type> Codecs =>
    [
        typeof(CommitReader), typeof(OperationReader), typeof(OperationView), typeof(InsertView), typeof(RowEnumerator), typeof(DeleteView), typeof(UpdateView), typeof(VacatedKeyEnumerator),
        typeof(CreateTableOperation), typeof(ForgetSourceOperation), typeof(SourceCodec), typeof(ProducerView), typeof(ForgetProducerView),
    ];

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    /// <summary>A CreateTable holds a definition, see <see cref="CatalogDecoder"/>.</summary>
    public override int AllocationPerByte => CatalogDecoder.PerByte;

    public override IEnumerable<byte[]> CostlyInputs =>
    [
        Encode([[new ChangeValue.Insert(new TableId(1), 1, new RowId(1), [.. Enumerable.Repeat(Array.Empty<byte>(), 20_000)], true, new bool[20_000])]]),
        Encode([[.. Enumerable.Repeat(new ChangeValue.Insert(new TableId(1), 1, new RowId(1), [], false, []), 5_000)]]),
        Encode([[new ChangeValue.Delete(new TableId(1), 1, new RowId(1), new Lsn(1), [.. Enumerable.Repeat((1u, Array.Empty<byte>()), 20_000)])]]),
        Encode([[new ChangeValue.Update(new TableId(1), 1, new RowId(1), new Lsn(1), [], [], [.. Enumerable.Repeat((1u, Array.Empty<byte>()), 20_000)])]]),
        Encode([.. Enumerable.Repeat(Array.Empty<ChangeValue>(), 20_000)]),
    ];

    protected override Gen<ChangeValue[][]> Values { get; } = ChangeValue.Any.Array[0, 4].Array[0, 3];

    protected override byte[] Encode(ChangeValue[][] value)
    {
        var payload = new List<byte>();
        using var commit = new ChangeSetBuilder();
        foreach (var operations in value)
        {
            commit.Reset();
            foreach (var operation in operations)
                operation.AppendTo(commit);
            commit.Seal();
            payload.AddRange(commit.Buffer.Written);
        }

        return [.. payload];
    }

    protected override bool TryDecode(byte[] bytes, out ChangeValue[][] value)
    {
        var commits = new List<ChangeValue[]>();
        var reader = new CommitReader(bytes);
        var start = 0;
        while (reader.TryNext(out var operations))
        {
            var commit = new List<ChangeValue>();
            while (operations.TryNext(out var operation))
                commit.Add(Read(operation, flags: bytes[start + operation.BodyOffset - ChangeFormat.OperationHeaderSize + 1]));
            commits.Add([.. commit]);
            start += BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(start));
        }

        value = [.. commits];
        return true;
    }

    public override void Walk(byte[] bytes)
    {
        var reader = new CommitReader(bytes);
        while (reader.TryNext(out var operations))
        {
            while (operations.TryNext(out var operation))
                Walk(operation);
        }
    }

    protected override bool Same(ChangeValue[][] one, ChangeValue[][] other) => Encode(one).AsSpan().SequenceEqual(Encode(other));

    private static void Walk(OperationView operation)
    {
        switch (operation.Kind)
        {
            case OperationKind.Insert:
                var insert = operation.AsInsert();
                var stored = 0;
                var at = 0;
                foreach (var row in insert)
                    stored += insert.IsDropped(at++) ? 0 : 1;
                if (stored != insert.Stored || at != insert.Rows)
                    throw new DecoderFailure(BrokenRule.RoundTrip, $"An insert says {insert.Rows} rows, {insert.Stored} stored, and has {at} and {stored}.");
                break;
            case OperationKind.Delete:
                var keys = operation.AsDelete().GetEnumerator();
                while (keys.MoveNext())
                {
                }

                break;
            case OperationKind.Update:
                var vacated = operation.AsUpdate().GetEnumerator();
                while (vacated.MoveNext())
                {
                }

                break;
            case OperationKind.CreateTable or OperationKind.AlterTable:
                CreateTableOperation.Read(operation.Body);
                break;
            case OperationKind.MoveSource:
                SourceCodec.Read(operation.Body, Lsn.Zero, out _);
                break;
            case OperationKind.ForgetSource:
                ForgetSourceOperation.Read(operation.Body, out _, out _);
                break;
            case OperationKind.Producer:
                var producer = new ProducerView(operation.Body);
                for (var i = 0; i < producer.Forgotten; i++)
                    producer.ForgottenAt(i);
                break;
            case OperationKind.ForgetProducer:
                var gone = new ForgetProducerView(operation.Body);
                for (var i = 0; i < gone.Sequences; i++)
                    gone.SequenceAt(i);
                break;
            default:
                throw ChangeFormat.Damaged($"operation {(int)operation.Kind} is unknown"); // as the stages say it
        }
    }

    private static ChangeValue Read(OperationView operation, byte flags)
    {
        Walk(operation);
        switch (operation.Kind)
        {
            case OperationKind.Insert:
                var insert = operation.AsInsert();
                var rows = new List<byte[]>();
                foreach (var row in insert)
                    rows.Add(row.ToArray());
                var isDroppable = (flags & ChangeFormat.HasDroppedRows) != 0;
                var dropped = new bool[isDroppable ? rows.Count : 0];
                for (var i = 0; i < dropped.Length; i++)
                    dropped[i] = insert.IsDropped(i);
                return new ChangeValue.Insert(insert.Table, insert.Partition, insert.FirstRow, [.. rows], isDroppable, dropped);
            case OperationKind.Delete:
                var delete = operation.AsDelete();
                var keys = new List<(uint, byte[])>();
                var left = delete.GetEnumerator();
                while (left.MoveNext())
                    keys.Add((left.Index, left.Key.ToArray()));
                return new ChangeValue.Delete(delete.Table, delete.Partition, delete.Row, delete.RowLsn, [.. keys], (flags & ChangeFormat.HasOldRow) != 0 ? delete.Before.ToArray() : null);
            case OperationKind.Update:
                var update = operation.AsUpdate();
                var vacated = new List<(uint, byte[])>();
                var given = update.GetEnumerator();
                while (given.MoveNext())
                    vacated.Add((given.Index, given.Key.ToArray()));
                return new ChangeValue.Update(update.Table, update.Partition, update.Row, update.RowLsn, update.Before.ToArray(), update.After.ToArray(), [.. vacated]);
            case OperationKind.CreateTable:
                var table = CreateTableOperation.Read(operation.Body);
                return new ChangeValue.Create(table.Id, table.Partition, operation.Body[ChangeFormat.CreateTableHeaderSize..].ToArray());
            case OperationKind.AlterTable:
                var altered = CreateTableOperation.Read(operation.Body);
                return new ChangeValue.Alter(altered.Id, altered.Partition, operation.Body[ChangeFormat.CreateTableHeaderSize..].ToArray());
            case OperationKind.MoveSource:
                return new ChangeValue.Move(SourceCodec.Read(operation.Body, Lsn.Zero, out var expected), expected);
            case OperationKind.Producer:
                var producer = new ProducerView(operation.Body);
                var forgotten = new long[producer.Forgotten];
                for (var i = 0; i < forgotten.Length; i++)
                    forgotten[i] = producer.ForgottenAt(i);
                return new ChangeValue.Producer(producer.Commit, producer.Floor, producer.Listed.ToArray(), forgotten);
            case OperationKind.ForgetProducer:
                var gone = new ForgetProducerView(operation.Body);
                var sequences = new long[gone.Sequences];
                for (var i = 0; i < sequences.Length; i++)
                    sequences[i] = gone.SequenceAt(i);
                return new ChangeValue.ForgetProducer(gone.Producer, sequences);
            default:
                ForgetSourceOperation.Read(operation.Body, out var owner, out var fingerprint);
                return new ChangeValue.Forget(owner, fingerprint);
        }
    }
}
