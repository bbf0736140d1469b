using System.Runtime.InteropServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Everything that the order of commits decides: next LSN and clock, row ids, unique keys, source positions, the pending
/// catalog. Owned by Constrain. Recovery feeds it the same groups that live traffic makes, by <see cref="Observe"/>.
/// </summary>
internal sealed class OrderState(TablePlans plans, UniqueKeys keys, CatalogSnapshot catalog, Lsn head, long clock, int conflictRows = ConflictWindow.DefaultRows)
{
    private readonly Dictionary<uint, ulong> _highestRow = [];
    private readonly List<(uint Table, ulong Before)> _takenRows = [];
    private long _refused;

    public SourceLedger Sources { get; private set; } = new();

    public ProducerLedger Producers { get; init; } = new();

    public UniqueKeys Keys { get; } = keys;

    public TablePlans Plans { get; } = plans;

    /// <summary>Rows that were changed last.</summary>
    public RowImages Images { get; } = new();

    /// <summary>Which commits changed what lately.</summary>
    public ConflictWindow Window { get; } = new(head, conflictRows);

    /// <summary>Room for the key of one row in one tree.</summary>
    public ByteBuffer TreeKey { get; } = new();

    /// <summary>The catalog with what is in flight.</summary>
    public CatalogSnapshot Catalog { get; private set; } = catalog;

    /// <summary>The LSN of the last commit.</summary>
    public Lsn Head { get; set; } = head;

    /// <summary>Commit time of the last group, UTC ticks.</summary>
    public long Clock { get; set; } = clock;

    /// <summary>Commits that Constrain has refused. Constrain counts; any thread reads.</summary>
    public long Refused => Volatile.Read(ref _refused);

    public void CountRefused() => Volatile.Write(ref _refused, _refused + 1);

    public RowId HighestRow(TableId table) => new(_highestRow.GetValueOrDefault(table.Value));

    /// <summary>Hands row ids out for the commit being decided; returns the first.</summary>
    public RowId TakeRows(TableId table, int rows)
    {
        ref var highest = ref CollectionsMarshal.GetValueRefOrAddDefault(_highestRow, table.Value, out _);
        _takenRows.Add((table.Value, highest));
        var first = highest + 1;
        highest += (ulong)rows;
        return new RowId(first);
    }

    /// <summary>The commit being decided stays.</summary>
    public void Keep()
    {
        Keys.Keep();
        _takenRows.Clear();
    }

    /// <summary>The commit being decided is refused: keys and ids that it took are free again.</summary>
    public void TakeBack(Lsn lsn)
    {
        Keys.TakeBack(0, lsn);
        for (var i = _takenRows.Count - 1; i >= 0; i--)
            _highestRow[_takenRows[i].Table] = _takenRows[i].Before;
        _takenRows.Clear();
    }

    /// <summary>Ids up to here were handed out at some time: never again.</summary>
    public void RaiseRows(TableId table, RowId highest)
    {
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_highestRow, table.Value, out _);
        known = Math.Max(known, highest.Value);
    }

    public TableDefinition CreateTable(TableDefinition definition)
    {
        Catalog = Catalog.With(definition);
        Plans.Add(definition);
        return definition;
    }

    /// <summary>Gives a table another definition; returns the plan that it had.</summary>
    public TablePlan AlterTable(TableDefinition definition, Lsn lsn, bool isReplayed)
    {
        Catalog = Catalog.With(definition);
        return Plans.Replace(definition, lsn, isReplayed);
    }

    /// <summary>Takes in a group that is in the log: recovery's way through Constrain.</summary>
    public void Observe(CommitGroup group)
    {
        var commits = new CommitReader(group.Payload);
        var lsn = group.First;
        for (; commits.TryNext(out var operations); lsn = lsn.Next)
        {
            // All keys that its rows give up are free before the first one is taken: a commit may exchange them.
            var vacating = operations;
            while (vacating.TryNext(out var operation))
                ObserveVacated(operation, lsn);
            while (operations.TryNext(out var operation))
                Observe(group, operation, lsn);
        }

        if (lsn.Value - group.First.Value != (ulong)group.Commits)
            throw ChangeFormat.Damaged($"the frame of LSN {group.First} says {group.Commits} commits and has {lsn.Value - group.First.Value}");
        Keep();
        Head = group.Last;
        Clock = Math.Max(Clock, group.Time);
    }

    /// <summary>Counts a group that was decided here and is in the log, and whose way ended behind it: its keys and ids are entered, its tables are known.</summary>
    public void Recount(CommitGroup group)
    {
        var commits = new CommitReader(group.Payload);
        for (var lsn = group.First; commits.TryNext(out var operations); lsn = lsn.Next)
        {
            while (operations.TryNext(out var operation))
                Recount(group, operation, lsn);
        }
    }

    /// <summary>
    /// Takes out what groups entered that did not reach the log, so that keys, row ids, catalog, positions and the next LSN are as
    /// the log has them. Called when every stage has stopped.
    /// </summary>
    /// <param name="suffix">The groups in log order.</param>
    /// <param name="next">The LSN that the log gives next.</param>
    /// <param name="sources">Positions as the store has them.</param>
    public void Withdraw(IReadOnlyList<CommitGroup> suffix, Lsn next, IEnumerable<SourceProgress> sources)
    {
        for (var i = suffix.Count - 1; i >= 0; i--)
        {
            foreach (var (tree, key, lsn) in GroupKeys.Of(suffix[i], this).Reverse())
                tree.Pop(key, lsn);
            ReturnRows(suffix[i]);
            if (suffix[i].Replaced is { } before)
            {
                Catalog = Catalog.With(before.Definition);
                Plans.Revert(before);
                continue;
            }

            foreach (var table in suffix[i].Created)
            {
                Catalog = Catalog.Without(table);
                Plans.Remove(table.Id);
            }
        }

        Sources = new SourceLedger();
        foreach (var source in sources)
            Sources.Move(source);
        Head = new Lsn(next.Value - 1);
        Images.Clear();
        Window.Restart(Head);
    }

    /// <summary>Ids ascend in the order of the commits: what a group took lies above everything before it.</summary>
    private void ReturnRows(CommitGroup group)
    {
        var commits = new CommitReader(group.Payload);
        while (commits.TryNext(out var operations))
        {
            while (operations.TryNext(out var operation))
            {
                if (operation.Kind != OperationKind.Insert)
                    continue;
                var insert = operation.AsInsert();
                ref var highest = ref CollectionsMarshal.GetValueRefOrAddDefault(_highestRow, insert.Table.Value, out _);
                highest = Math.Min(highest, insert.FirstRow.Value - 1);
            }
        }
    }

    private void Observe(CommitGroup group, OperationView operation, Lsn lsn)
    {
        switch (operation.Kind)
        {
            case OperationKind.Insert:
                ObserveInsert(group, operation.AsInsert(), lsn);
                break;
            case OperationKind.Delete:
                var delete = operation.AsDelete();
                group.Add(new TableChange(delete.Table, -1, HighestRow(delete.Table)));
                break;
            case OperationKind.Update:
                ObserveUpdate(group, operation.AsUpdate(), lsn);
                break;
            case OperationKind.CreateTable:
                var definition = CreateTableOperation.Read(operation.Body);
                group.Created.Add(CreateTable(definition));
                break;
            case OperationKind.AlterTable:
                ObserveAltered(group, CreateTableOperation.Read(operation.Body), lsn);
                break;
            case OperationKind.MoveSource:
                Sources.Move(SourceCodec.Read(operation.Body, lsn, out _));
                break;
            case OperationKind.ForgetSource:
                ForgetSourceOperation.Read(operation.Body, out var table, out var fingerprint);
                Sources.Forget(table, fingerprint);
                break;
            case OperationKind.Producer:
                Producers.Take(new ProducerView(operation.Body), lsn);
                break;
            case OperationKind.ForgetProducer:
                Producers.Forget(new ForgetProducerView(operation.Body).Producer);
                break;
            default:
                throw ChangeFormat.Damaged($"operation {(int)operation.Kind} is unknown");
        }
    }

    private void Recount(CommitGroup group, OperationView operation, Lsn lsn)
    {
        switch (operation.Kind)
        {
            case OperationKind.Insert:
                var insert = operation.AsInsert();
                group.Add(Change(insert));
                break;
            case OperationKind.Delete:
                var table = operation.AsDelete().Table;
                group.Add(new TableChange(table, -1, HighestRow(table)));
                break;
            case OperationKind.Update:
                var changed = operation.AsUpdate().Table;
                group.Add(new TableChange(changed, 0, HighestRow(changed), Updated: 1));
                break;
            case OperationKind.CreateTable or OperationKind.AlterTable:
                var created = CreateTableOperation.Read(operation.Body).Id;
                group.Created.Add(Catalog.Find(created) ?? throw ChangeFormat.Damaged($"it creates table {created}, which the catalog does not have"));
                break;
            default: // positions of sources, commits of producers: the store's were loaded, these are later
                Observe(group, operation, lsn);
                break;
        }
    }

    /// <summary>A catalog that was read from the store may have the change already, and later ones.</summary>
    private void ObserveAltered(CommitGroup group, TableDefinition definition, Lsn lsn)
    {
        var known = Catalog.Find(definition.Id) ?? throw ChangeFormat.Damaged($"it alters table {definition.Id}, which the catalog does not have");
        if (known.Revision < definition.Revision)
            AlterTable(definition, lsn, isReplayed: true);
        group.Created.Add(definition);
    }

    private static TableChange Change(InsertView insert) =>
        new(insert.Table, insert.Stored, new RowId(insert.FirstRow.Value + (ulong)insert.Rows - 1));

    private void ObserveInsert(CommitGroup group, InsertView insert, Lsn lsn)
    {
        if (!Plans.TryGet(insert.Table, out var plan))
            throw ChangeFormat.Damaged($"it inserts into table {insert.Table}, which the catalog does not have");
        using var writer = new KeyLoader(plan);
        var row = 0;
        foreach (var bytes in insert)
        {
            if (!insert.IsDropped(row))
                writer.Load(bytes, new RowId(insert.FirstRow.Value + (ulong)row), lsn);
            row++;
        }

        var change = Change(insert);
        RaiseRows(insert.Table, change.HighestRow);
        group.Add(change);
    }

    private void ObserveUpdate(CommitGroup group, UpdateView update, Lsn lsn)
    {
        if (!Plans.TryGet(update.Table, out var plan))
            throw ChangeFormat.Damaged($"it updates a row of table {update.Table}, which the catalog does not have");
        using var writer = new KeyLoader(plan);
        writer.Load(update.After, update.Row, lsn, Keys, update.Before);
        group.Add(new TableChange(update.Table, 0, HighestRow(update.Table), Updated: 1));
    }

    private void ObserveVacated(OperationView operation, Lsn lsn)
    {
        if (operation.Kind == OperationKind.Delete && operation.AsDelete() is var delete)
            Vacate(delete.Table, delete.GetEnumerator(), delete.Row, lsn);
        else if (operation.Kind == OperationKind.Update && operation.AsUpdate() is var update)
            Vacate(update.Table, update.GetEnumerator(), update.Row, lsn);
    }

    private void Vacate(TableId table, VacatedKeyEnumerator keys, RowId row, Lsn lsn)
    {
        while (keys.MoveNext())
        {
            if (TreeOf(table, keys.Index, out var plan) is >= 0 and var place && !plan.Incomplete[place])
                Keys.Vacate(plan.Trees[place], keys.Key, row, lsn);
        }
    }

    /// <summary>Place of the index that the log names; -1 where it has been dropped since.</summary>
    public int TreeOf(TableId table, uint index, out TablePlan plan)
    {
        plan = Plans.TryGet(table, out var known) ? known : throw ChangeFormat.Damaged($"it names table {table}, which the catalog does not have");
        var place = plan.PlaceOf(index);
        return place >= 0 || IndexNumbers.WasUsed(plan.Definition, index) ? place : throw ChangeFormat.Damaged($"it names index {index}, which table {table} does not have");
    }
}
