using CsCheck;

namespace Helios.Pipeline.Model.Tests;

/// <summary>Random sequences. Values are few, so that keys collide; tables are made at the beginning, so that steps have one.</summary>
internal static class SequenceGen
{
    public const int MaxOperations = 40;

    private static readonly Gen<int> s_table = Gen.Frequency((5, 0), (3, 1), (2, 2), (1, 3));
    private static readonly Gen<int> s_keyed = Gen.Frequency((3, 0), (1, 1));

    private static readonly Gen<ModelRow> s_row = Gen.Select(
        Gen.Frequency((12, Gen.Long[0, 9].Select(static a => (long?)a)), (1, Gen.Const(default(long?)))),
        Gen.Frequency((6, Gen.Int[0, 7].Select(static b => (string?)$"s{b}")), (1, Gen.Const(default(string?)))),
        Gen.Frequency((6, Gen.Long[0, 9].Select(static c => (long?)c)), (1, Gen.Const(default(long?)))),
        static (a, b, c) => new ModelRow(a, b, c));

    private static readonly Gen<TableRows> s_one = Gen.Select(s_table, s_row, static (table, row) => new TableRows(table, row));
    private static readonly Gen<TableRows> s_some = Gen.Select(s_table, s_row.Array[1, 6], static (table, rows) => new TableRows(table, rows));
    private static readonly Gen<TableRows> s_many = Gen.Select(s_table, s_row.Array[17, 30], static (table, rows) => new TableRows(table, rows)); // takes Validate's other way
    private static readonly Gen<OnReject> s_onReject = Gen.Frequency((1, OnReject.RejectCommit), (2, OnReject.RejectRow));
    private static readonly Gen<Durability> s_durability = Gen.Frequency((2, Durability.Visible), (1, Durability.Logged));
    private static readonly Gen<SafetyLevel> s_level = Gen.Frequency((3, SafetyLevel.Full), (2, SafetyLevel.Batched), (1, SafetyLevel.Async), (1, SafetyLevel.Unsafe));
    private static readonly Gen<int> s_keep = Gen.Int[0, 1 << 20];

    private static readonly Gen<Operation> s_operation = Gen.Frequency(
        (14, s_one.Select(static rows => (Operation)new Insert(rows, OnReject.RejectCommit))),
        (14, Gen.Select(s_some, s_onReject, static (rows, onReject) => (Operation)new Insert(rows, onReject))),
        (2, Gen.Select(s_many, s_onReject, static (rows, onReject) => (Operation)new Insert(rows, onReject))),
        (8, Gen.Select(s_some, s_some, s_onReject, s_durability, static (first, second, onReject, durability) => (Operation)new CommitSession(first, second, onReject, durability))),
        (3, Gen.Select(s_one, s_one, static (queued, behind) => (Operation)new CommitQueued(queued, behind))),
        (3, s_some.Select(static rows => (Operation)new InsertAtOnce(rows))),
        (1, s_table.Select(static table => (Operation)new InsertWrongType(table))),
        (14, Gen.Select(s_keyed, s_row, static (table, row) => (Operation)new Delete(table, row))),
        (14, Gen.Select(s_keyed, s_row, Gen.Bool, static (table, row, inserts) => (Operation)new Put(table, row, inserts))),
        (3, Gen.Select(s_table, Gen.Bool, static (table, other) => (Operation)new CreateTable(table, other))),
        (4, Gen.Select(s_keyed, s_row, static (table, row) => (Operation)new Find(table, row))),
        (4, s_table.Select(static table => (Operation)new OpenScan(table))),
        (5, Gen.Select(Gen.Int[0, 2], Gen.Int[1, 8], static (which, count) => (Operation)new ReadScan(which, count))),
        (4, Gen.Int[0, 9].Select(static back => (Operation)new OpenFeed(back))),
        (4, Gen.Int[0, 2].Select(static which => (Operation)new ReadFeed(which))),
        (8, Gen.Select(s_table, Gen.Frequency((3, 0), (1, 1)), Gen.Int[1, 6], Gen.Frequency((1, true), (4, false)), Gen.Int[1, 4], static (table, source, records, other, rows) => (Operation)new Ingest(table, source, records, other, rows))),
        (5, Gen.Select(Gen.Int[1, 2], s_one, Gen.Frequency((3, true), (1, false)), static (number, rows, right) => (Operation)new MoveSource(number, rows, right))),
        (2, Gen.Const((Operation)new Checkpoint())),
        (2, Gen.Const((Operation)new SpillIndexes())),
        (2, Gen.Select(Gen.Int[-100, 100], static minutes => (Operation)new JumpClock(minutes))),
        (3, Gen.Frequency((1, 50), (2, 150), (2, 1500)).Select(static ms => (Operation)new PassTime(ms))),
        (1, s_one.Select(static rows => (Operation)new CancelBefore(rows))),
        (1, s_some.Select(static rows => (Operation)new CancelInFlight(rows))),
        (1, s_level.Select(static level => (Operation)new Reopen(level))),
        (1, s_level.Select(static level => (Operation)new Kill(level))),
        (2, Gen.Select(s_level, s_keep, static (level, keep) => (Operation)new LosePower(level, keep))),
        (1, Gen.Select(s_some, s_level, Gen.Bool, s_keep, static (rows, level, power, keep) => (Operation)new EndInFlight(rows, level, power, keep))),
        (1, Gen.Select(s_some, Gen.Int[0, 200], static (rows, written) => (Operation)new FillDisk(rows, written))),
        (5, Gen.Const((Operation)new Resume())),
        (1, s_some.Select(static rows => (Operation)new FailSync(rows))));

    private static readonly Gen<Operation[]> s_beginning = s_table.Array[1, 3].Select(static tables => tables.Distinct().Select(static table => (Operation)new CreateTable(table, false)).ToArray());

    private static readonly Gen<Operation[]> s_sequence = Gen.Select(s_beginning, s_operation.Array[1, MaxOperations - 3], static (first, then) => (Operation[])[.. first, .. then]);

    /// <summary>The sequence of a seed, always the same.</summary>
    public static Operation[] Of(int seed) => s_sequence.Generate(new PCG(1, (ulong)seed), null, out _);
}
