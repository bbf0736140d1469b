using System.Runtime.InteropServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A transaction's own rows of one table, found by what they are and by what they hide.</summary>
internal sealed class OwnTable
{
    private readonly TablePlan _plan;
    private readonly Dictionary<byte[], OwnRow> _meant = new(KeyBytes.Comparer); // by the primary key that they had when they were first changed
    private readonly Dictionary<ulong, OwnRow> _byId = []; // where there is no primary key
    private readonly Dictionary<byte[], HashSet<OwnRow>>[] _referring; // by the keys that they refer to now, per foreign key
    private readonly Dictionary<byte[], OwnRow>[] _live; // by the keys that they have now, per unique index

    public OwnTable(TablePlan plan)
    {
        _plan = plan;
        _live = new Dictionary<byte[], OwnRow>[plan.UniqueCount];
        for (var i = 0; i < _live.Length; i++)
            _live[i] = new Dictionary<byte[], OwnRow>(KeyBytes.Comparer);
        _referring = new Dictionary<byte[], HashSet<OwnRow>>[plan.Encoders.Length - plan.UniqueCount];
        for (var i = 0; i < _referring.Length; i++)
            _referring[i] = new Dictionary<byte[], HashSet<OwnRow>>(KeyBytes.Comparer);
    }

    /// <summary>What the rows' keys are of.</summary>
    public TablePlan Plan => _plan;

    private bool IsKeyed => !_plan.Definition.Schema.PrimaryKey.IsEmpty;

    /// <summary>The own row that has a key now.</summary>
    public OwnRow? FindLive(int index, ReadOnlySpan<byte> key) =>
        _live[index].GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var row) ? row : null;

    /// <summary>The own rows that refer to a key by a foreign key's index now.</summary>
    public IReadOnlyCollection<OwnRow> FindReferring(int index, byte[] key) =>
        _referring[index - _live.Length].TryGetValue(key, out var rows) ? rows : [];

    /// <summary>The own row that was meant by a primary key, whatever has become of it.</summary>
    public OwnRow? FindMeant(ReadOnlySpan<byte> key) =>
        _meant.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var row) ? row : null;

    /// <summary>The own row that stands in the place of a stored one; null where the transaction has not touched it.</summary>
    /// <remarks>By the key, where there is one: between two statements others may have put another row in its place.</remarks>
    public OwnRow? OwnerOf(RowId id, ReadOnlySpan<byte> content)
    {
        if (!IsKeyed)
            return _byId.GetValueOrDefault(id.Value);
        using var keys = new RowKeys(_plan, content);
        return FindMeant(keys[0]) ?? FindLive(0, keys[0]);
    }

    public void Add(OwnRow row)
    {
        if (row.Key is not null)
            _meant.TryAdd(row.Key, row); // the row that was moved away from the key came first, and hides what is stored
        else if (row.Found is not null)
            _byId.Add(row.Found.Row.Value, row);
    }

    public void Remove(OwnRow row)
    {
        if (row.Key is not null && FindMeant(row.Key) == row)
            _meant.Remove(row.Key);
        else if (row.Key is null && row.Found is not null)
            _byId.Remove(row.Found.Row.Value);
    }

    public void EnterKeys(OwnRow row)
    {
        for (var i = 0; i < _live.Length; i++)
        {
            if (row.Content!.Keys[i] is { } key)
                _live[i][key] = row;
        }

        for (var i = 0; i < _referring.Length; i++)
        {
            if (row.Content!.Keys[_live.Length + i] is { } key)
                (CollectionsMarshal.GetValueRefOrAddDefault(_referring[i], key, out _) ??= []).Add(row);
        }
    }

    public void RemoveKeys(OwnRow row)
    {
        for (var i = 0; i < _live.Length; i++)
        {
            if (row.Content!.Keys[i] is { } key && FindLive(i, key) == row)
                _live[i].Remove(key);
        }

        for (var i = 0; i < _referring.Length; i++)
        {
            if (row.Content!.Keys[_live.Length + i] is not { } key || !_referring[i].TryGetValue(key, out var rows))
                continue;
            rows.Remove(row);
            if (rows.Count == 0)
                _referring[i].Remove(key);
        }
    }
}
