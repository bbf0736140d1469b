using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <content>Commits.</content>
internal sealed partial class FilterScenario
{
    private object?[] NextRow(long id)
    {
        var row = OracleRows.Next(id, ++_stamp, _random);
        if (_known.Count < 2_000)
            _known.Add(row);
        else
            _known[_random.Next(_known.Count)] = row;
        return row;
    }

    private Row Make(object?[] values) => OracleRows.Make(OracleRows.Schema, values);

    /// <summary>Mostly of a row that there is.</summary>
    private long AnyId() => _random.NextInt64(_ids + 3);

    private async Task<string> InsertAsync(int count)
    {
        var rows = Enumerable.Range(0, count).Select(_ => NextRow(_ids++)).ToList();
        await _table.InsertAsync(rows.Select(Make));
        _model = _model.SetItems(rows.Select(r => KeyValuePair.Create((long)r[0]!, r)));
        return $"inserting {count} rows";
    }

    /// <summary>Rows are left out of a commit: their row ids are gone.</summary>
    private async Task<string> InsertWithDuplicatesAsync()
    {
        var rows = Enumerable.Range(0, _random.Next(2, 90)).Select(_ => NextRow(_random.Next(2) == 0 ? AnyId() : _ids++)).ToList();
        await _table.InsertAsync(rows.Select(Make), OnReject.RejectRow);
        foreach (var row in rows.Where(row => !_model.ContainsKey((long)row[0]!)))
            _model = _model.Add((long)row[0]!, row);
        _ids = Math.Max(_ids, rows.Max(r => (long)r[0]!) + 1);
        return "inserting rows some of which are left out";
    }

    /// <param name="area">Where the rows are; null for anywhere.</param>
    private async Task<string> CommitManyAsync(long? area = null)
    {
        var (model, count) = (_model, _random.Next(4) == 0 ? 150 : _random.Next(1, 12));
        using (var session = _engine.OpenSession())
        {
            for (var i = 0; i < count; i++)
            {
                var id = area is null ? AnyId() : Math.Min(_ids, area.Value + _random.Next(BlockRows));
                switch (_random.Next(4))
                {
                    case 0:
                        session.Delete(_table, id);
                        model = model.Remove(id);
                        break;
                    case 1:
                        var changed = NextRow(id);
                        session.Update(_table, Make(changed));
                        model = model.ContainsKey(id) ? model.SetItem(id, changed) : model;
                        break;
                    case 2:
                        var absent = NextRow(id);
                        session.InsertIfAbsent(_table, Make(absent));
                        model = model.ContainsKey(id) ? model : model.Add(id, absent);
                        break;
                    default:
                        var row = NextRow(id);
                        session.Upsert(_table, Make(row));
                        model = model.SetItem(id, row);
                        break;
                }
            }

            await session.CommitAsync();
        }

        _model = model;
        _ids = Math.Max(_ids, _model.IsEmpty ? 0 : _model.Keys.Max() + 1);
        return $"a commit of {count} changes";
    }

    private async Task<string> TransactAsync()
    {
        await using var transaction = await _engine.BeginTransactionAsync(_random.Next(2) == 0 ? IsolationLevel.Snapshot : IsolationLevel.Serializable);
        var model = _model;
        var savepoints = new Stack<(Savepoint Place, System.Collections.Immutable.ImmutableDictionary<long, object?[]> Model)>();
        for (var i = _random.Next(1, 30); i > 0; i--)
        {
            var id = AnyId();
            switch (_random.Next(6))
            {
                case 0:
                    savepoints.Push((transaction.Save(), model));
                    break;
                case 1 when savepoints.Count > 0:
                    var back = savepoints.Pop();
                    transaction.RollbackTo(back.Place);
                    model = back.Model;
                    break;
                case 2:
                    transaction.Delete(_table, id);
                    model = model.Remove(id);
                    break;
                case 3 when !model.ContainsKey(id):
                    var inserted = NextRow(id);
                    transaction.Insert(_table, Make(inserted));
                    model = model.Add(id, inserted);
                    break;
                default:
                    var row = NextRow(id);
                    transaction.Upsert(_table, Make(row));
                    model = model.SetItem(id, row);
                    break;
            }
        }

        if (_random.Next(4) == 0)
        {
            transaction.Rollback();
            return "a transaction that was rolled back";
        }

        await transaction.CommitAsync();
        _model = model;
        _ids = Math.Max(_ids, _model.IsEmpty ? 0 : _model.Keys.Max() + 1);
        return "a transaction";
    }

    private async Task<string> ChangeWhereAsync()
    {
        var (part, rest) = (_random.Next(5, 60), _random.Next(5));
        var (deletes, model) = (_random.Next(3) == 0, _model);
        if (deletes)
        {
            await _table.DeleteWhereAsync(row => (long)row["id"]! % part == rest, _random.Next(2) == 0 ? null : 7);
            _model = model.RemoveRange(model.Keys.Where(id => id % part == rest));
            return "deleting where";
        }

        var after = new Dictionary<long, object?[]>();
        await _table.UpdateWhereAsync(row => (long)row["id"]! % part == rest, row => Make(after[(long)row["id"]!] = NextRow((long)row["id"]!)), _random.Next(2) == 0 ? null : 7);
        _model = model.SetItems(after);
        return "updating where";
    }

    /// <summary>A row gets another primary key, and somebody else gets its own.</summary>
    private async Task<string> MoveKeyAsync()
    {
        var (from, to) = (AnyId(), _ids++);
        if (!_model.ContainsKey(from))
            return "nothing";
        await using var transaction = await _engine.BeginTransactionAsync();
        var (moved, next) = (NextRow(to), NextRow(from));
        await transaction.UpdateWhereAsync(_table, row => (long)row["id"]! == from, _ => Make(moved));
        transaction.Insert(_table, Make(next));
        await transaction.CommitAsync();
        _model = _model.SetItem(to, moved).SetItem(from, next);
        return "moving a key";
    }
}
