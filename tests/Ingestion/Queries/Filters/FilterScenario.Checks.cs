using System.Collections.Immutable;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <content>Questions, and what their answers must be.</content>
internal sealed partial class FilterScenario
{
    private readonly List<Held> _held = [];

    /// <summary>A moment that is looked at again and again, and a query that began then and has not ended.</summary>
    private sealed record Held(ReadSnapshot Snapshot, ImmutableDictionary<long, object?[]> Model, OracleCondition Condition, QueryCursor Cursor, List<(long, long)> Found);

    private string Hold()
    {
        if (_held.Count > 4)
        {
            var oldest = _held[_random.Next(3)];
            ReadOn(oldest, int.MaxValue);
            Assert.True(oldest.Found.Order().SequenceEqual(Expected(oldest.Condition, oldest.Model)), $"a query that began at commit {oldest.Snapshot.Lsn}: {oldest.Condition.Text}");
            Release(oldest);
            return "the end of a snapshot";
        }

        var (snapshot, condition) = (_engine.OpenSnapshot(), Condition(_model));
        var held = new Held(snapshot, _model, condition, new QueryCursor(Divided(_table.Where(condition.Text).At(snapshot)), CancellationToken.None), []);
        _held.Add(held);
        ReadOn(held, _random.Next(30));
        return "a snapshot";
    }

    private static void ReadOn(Held held, int most)
    {
        for (var i = 0; i < most && held.Cursor.MoveNext(); i++)
            held.Found.Add(Key(held.Cursor));
    }

    private void Release(Held held)
    {
        held.Cursor.Dispose();
        held.Snapshot.Dispose();
        _held.Remove(held);
    }

    /// <summary>Asks for values that rows of the model have; above all for those that other moments do not see: a filter of another moment does not have them.</summary>
    private OracleCondition Condition(ImmutableDictionary<long, object?[]> model)
    {
        var some = new List<object?[]>();
        var isElsewhere = _random.Next(2) == 0;
        for (var i = 0; i < 40 && some.Count < 8; i++)
        {
            var id = AnyId();
            if (model.TryGetValue(id, out var row) && !(isElsewhere && ReferenceEquals(_model.GetValueOrDefault(id), row)))
                some.Add(row);
        }

        return new OracleConditions(_random, _ids, some.Count > 0 && _random.Next(4) > 0 ? some : _known).Next(_random.Next(3));
    }

    /// <summary>Of many rows: no filter says no of the row's block where the row itself is asked for.</summary>
    private void Sweep(ReadSnapshot snapshot, ImmutableDictionary<long, object?[]> model)
    {
        var conditions = new OracleConditions(_random, _ids, []);
        using var rows = new QueryCursor(_table.Query().At(snapshot).Definition, CancellationToken.None);
        while (rows.MoveNext())
        {
            if (_random.Next(5) > 0)
                continue;
            var row = model[Key(rows).Id];
            foreach (var column in (ReadOnlySpan<int>)[1, _random.Next(OracleRows.FirstFree, OracleRows.Schema.Columns.Length)])
            {
                var condition = conditions.Having(column, row[column]);
                var judge = BlockJudge.Of(ExpressionBinder.CompileCondition(condition, OracleRows.Schema));
                Filters.TryNext(judge, snapshot.Lsn, rows.RowId, new QueryCounts(), out var first, out var last);
                Assert.True(first == rows.RowId && last.Value >= first.Value, $"{condition} as of {snapshot.Lsn}: 1 row at least is due, 1 are missing: row {rows.RowId} of id {row[0]}");
            }
        }
    }

    private async Task CheckAllAsync()
    {
        using (var now = _engine.OpenSnapshot())
        {
            Sweep(now, _model);
            for (var i = 0; i < 5; i++)
                await CheckAsync(now, _model);
        }

        foreach (var held in _held)
        {
            Sweep(held.Snapshot, held.Model);
            ReadOn(held, _random.Next(10));
            for (var i = 0; i < 2; i++)
                await CheckAsync(held.Snapshot, held.Model);
        }
    }

    private async Task CheckAsync(ReadSnapshot snapshot, ImmutableDictionary<long, object?[]> model)
    {
        var condition = Condition(model);
        var (query, expected) = (_table.Where(condition.Text).At(snapshot), Expected(condition, model));
        var found = Read(query.Definition);
        Queries++;
        Assert.True(expected.SequenceEqual(found.Order()), $"{condition.Text} as of {snapshot.Lsn}: {Difference(expected, found)}, {query.Explain()}");
        switch (_random.Next(5))
        {
            case 0:
                Assert.True(expected.SequenceEqual(Read(Divided(query)).Order()), $"divided: {condition.Text}");
                break;
            case 1:
                var (skip, take) = (_random.Next(20), _random.Next(1, 200));
                Assert.True(found.Skip(skip).Take(take).SequenceEqual(Read(Divided(query.Skip(skip).Take(take), keepsOrder: true))), $"{skip} passed over, {take} taken: {condition.Text}");
                break;
            case 2:
                Assert.True(expected.Count == await query.CountAsync(), $"counted: {condition.Text}");
                break;
            default:
                CheckOrder(query, model, condition);
                break;
        }
    }

    private void CheckOrder(Query query, ImmutableDictionary<long, object?[]> model, OracleCondition condition)
    {
        var column = _random.Next(OracleRows.Schema.Columns.Length);
        var (definition, isDown) = (OracleRows.Schema.Columns[column], _random.Next(2) == 0);
        var (rank, trims) = (OracleOrder.RankOf(definition.Type), definition.Type == ColumnType.Char);
        var order = Comparer<object?>.Create((a, b) => a is null || b is null ? (a is not null).CompareTo(b is not null) : OracleOrder.Compare(a, b, rank, trims));
        var rows = model.Values.Where(r => condition.Holds(r) == true);
        var sorted = (isDown ? rows.OrderByDescending(r => r[column], order) : rows.OrderBy(r => r[column], order)).ThenBy(r => (long)r[0]!);
        var (skip, take) = (_random.Next(8), _random.Next(1, 300));
        var ordered = (isDown ? query.OrderByDescending(definition.Name) : query.OrderBy(definition.Name)).ThenBy("id").Skip(skip).Take(take);
        Assert.True(sorted.Skip(skip).Take(take).Select(Key).SequenceEqual(Read(_random.Next(2) == 0 ? ordered.Definition : Divided(ordered))), $"by {definition.Name}{(isDown ? " down" : "")}, {skip} passed over, {take} taken: {condition.Text}: {ordered.Explain()}");
    }

    private QueryDefinition Divided(Query query, bool keepsOrder = false) =>
        query.Definition with { ReadAhead = new ReadAhead(2) { PartRows = _random.Next(20, 150), KeepsOrder = keepsOrder || _random.Next(2) == 0 } };

    private static List<(long, long)> Expected(OracleCondition condition, ImmutableDictionary<long, object?[]> model) => [.. model.Values.Where(r => condition.Holds(r) == true).Select(Key).Order()];

    private List<(long Id, long Stamp)> Read(QueryDefinition query)
    {
        var found = new List<(long, long)>();
        using var rows = new QueryCursor(query, CancellationToken.None);
        while (rows.MoveNext())
            found.Add(Key(rows));
        Skipped += rows.Counts.BlocksSkipped;
        SkippedByBlooms += rows.Counts.BlocksSkippedByBlooms;
        return found;
    }

    private static (long Id, long Stamp) Key(object?[] row) => ((long)row[0]!, (long)row[1]!);

    private static (long Id, long Stamp) Key(QueryCursor rows)
    {
        var view = new RowView(rows.Row);
        return (view[0].GetInt64(), view[1].GetInt64());
    }

    private static string Difference(List<(long, long)> expected, List<(long, long)> found)
    {
        var (missing, wrong) = (expected.Except(found).ToList(), found.Except(expected).ToList());
        return $"{expected.Count} rows are due, {missing.Count} are missing ({string.Join(' ', missing.Take(3))}), {wrong.Count} are wrong ({string.Join(' ', wrong.Take(3))})";
    }
}
