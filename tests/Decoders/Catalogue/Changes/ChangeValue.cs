using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>One operation of a commit.</summary>
internal abstract record ChangeValue
{
    private static readonly byte[] s_definition = CatalogCodec.Encode("t", 1, new TableSchema([new Column("a", ColumnType.Int8)], ["a"]));
    private static readonly byte[] s_altered = CatalogCodec.Encode(SchemaChange.Add(CatalogCodec.Decode(new TableId(1), 1, s_definition), new CheckConstraint("c", "true")));

    public static Gen<ChangeValue> Any { get; } = Gen.OneOf<ChangeValue>(
        Gen.Select(Gen.Select(Gens.Table, Gens.UInt, Gens.Row), Gens.Bytes(20).Array[0, 10], Gen.Bool, Gen.Bool.Array[10]).Select((place, rows, droppable, dropped) =>
            (ChangeValue)new Insert(place.Item1, place.Item2, place.Item3, rows, droppable, [.. dropped.Take(droppable ? rows.Length : 0)])),
        Gen.Select(Gens.Table, Gens.UInt, Gens.Row, Gens.Lsn, Gen.Select(Gens.UInt, Gens.Bytes(20)).Array[0, 3]).Select((table, partition, row, lsn, keys) =>
            (ChangeValue)new Delete(table, partition, row, lsn, keys)),
        Gen.Select(Gen.Select(Gens.Table, Gens.UInt, Gens.Row, Gens.Lsn), Gens.Bytes(20), Gen.Select(Gens.UInt, Gens.Bytes(20)).Array[0, 3]).Select((place, before, keys) =>
            (ChangeValue)new Delete(place.Item1, place.Item2, place.Item3, place.Item4, keys, before)),
        Gen.Select(Gen.Select(Gens.Table, Gens.UInt, Gens.Row, Gens.Lsn), Gens.Bytes(20), Gens.Bytes(20), Gen.Select(Gens.UInt, Gens.Bytes(20)).Array[0, 3]).Select((place, before, after, keys) =>
            (ChangeValue)new Update(place.Item1, place.Item2, place.Item3, place.Item4, before, after, keys)),
        Gen.Select(Gens.Table, Gens.UInt).Select((table, partition) => (ChangeValue)new Create(table, partition, s_definition)),
        Gen.Select(Gens.Table, Gens.UInt).Select((table, partition) => (ChangeValue)new Alter(table, partition, s_altered)),
        Gen.Select(SourcePositionDecoder.Any, Gens.Long).Select((progress, expected) => (ChangeValue)new Move(progress with { Lsn = Lsn.Zero }, expected)),
        Gen.Select(Gens.Table, Gens.Fingerprint).Select((table, fingerprint) => (ChangeValue)new Forget(table, fingerprint)),
        Gen.Select(ProducerCommitDecoder.Commit, Gen.Long[-1, long.MaxValue], Gens.Bytes(20), Gens.Long.Array[0, 3]).Select((commit, floor, listed, forgotten) =>
            (ChangeValue)new Producer(commit, floor, listed, forgotten)),
        Gen.Select(Gens.Guid, Gens.Long.Array[0, 3]).Select((id, sequences) => (ChangeValue)new ForgetProducer(new ProducerId(id), sequences)));

    public abstract void AppendTo(ChangeSetBuilder commit);

    internal sealed record Insert(TableId Table, uint Partition, RowId First, byte[][] Rows, bool IsDroppable, bool[] Dropped) : ChangeValue
    {
        public override void AppendTo(ChangeSetBuilder commit)
        {
            commit.BeginInsert(Table, Partition);
            foreach (var row in Rows)
            {
                commit.BeginRow();
                commit.Buffer.Append(row);
                commit.EndRow();
            }

            commit.EndInsert(IsDroppable);
            ChangePatch.SetFirstRow(commit.LastOperationBody, First);
            for (var i = 0; i < Dropped.Length; i++)
            {
                if (Dropped[i])
                    ChangePatch.Drop(commit.LastOperationBody, i);
            }
        }
    }

    internal sealed record Delete(TableId Table, uint Partition, RowId Row, Lsn RowLsn, (uint Index, byte[] Key)[] Keys, byte[]? Before = null) : ChangeValue
    {
        public override void AppendTo(ChangeSetBuilder commit)
        {
            if (Before is null)
                commit.BeginDelete(Table, Partition, Row, RowLsn, Keys.Length);
            else
                commit.BeginDelete(Table, Partition, Row, RowLsn, Before);
            foreach (var (index, key) in Keys)
                commit.VacateKey(index, key);
            commit.EndDelete(Keys.Length);
        }
    }

    internal sealed record Update(TableId Table, uint Partition, RowId Row, Lsn RowLsn, byte[] Before, byte[] After, (uint Index, byte[] Key)[] Keys) : ChangeValue
    {
        public override void AppendTo(ChangeSetBuilder commit)
        {
            commit.BeginUpdate(Table, Partition, Row, RowLsn, Before);
            commit.Buffer.Append(After);
            commit.EndUpdatedRow();
            foreach (var (index, key) in Keys)
                commit.VacateKey(index, key);
            commit.EndUpdate(Keys.Length);
        }
    }

    internal sealed record Create(TableId Table, uint Partition, byte[] Definition) : ChangeValue
    {
        public override void AppendTo(ChangeSetBuilder commit)
        {
            commit.CreateTable(Definition);
            ChangePatch.SetTable(commit.LastOperationBody, Table, Partition);
        }
    }

    internal sealed record Alter(TableId Table, uint Partition, byte[] Definition) : ChangeValue
    {
        public override void AppendTo(ChangeSetBuilder commit) => commit.AlterTable(Table, Partition, Definition);
    }

    internal sealed record Move(SourceProgress Progress, long ExpectedOffset) : ChangeValue
    {
        public override void AppendTo(ChangeSetBuilder commit) => commit.MoveSource(Progress, ExpectedOffset);
    }

    internal sealed record Forget(TableId Table, UInt128 Fingerprint) : ChangeValue
    {
        public override void AppendTo(ChangeSetBuilder commit) => commit.ForgetSource(Table, Fingerprint);
    }

    internal sealed record Producer(ProducerCommit Commit, long Floor, byte[] Listed, long[] Forgotten) : ChangeValue
    {
        public override void AppendTo(ChangeSetBuilder commit) => ProducerOperations.Append(commit, Commit, Floor, Listed, Forgotten);
    }

    internal sealed record ForgetProducer(ProducerId Id, long[] Sequences) : ChangeValue
    {
        public override void AppendTo(ChangeSetBuilder commit) => ProducerOperations.AppendForget(commit, Id, Sequences);
    }
}
