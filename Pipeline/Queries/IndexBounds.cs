using System.Collections.Immutable;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>What the bounds of columns leave of one index.</summary>
internal sealed class IndexBounds
{
    /// <summary>Runs of keys that one query walks; where lists of values would make more, the last column is walked from its least value to its greatest.</summary>
    public const int MaxRanges = 1_000;

    private readonly List<byte[]> _prefixes = [[]];
    private readonly IReadOnlyDictionary<int, ColumnBounds> _columns;

    private IndexBounds(TablePlan table, int place, IReadOnlyDictionary<int, ColumnBounds> columns)
    {
        Place = place;
        _columns = columns;
        var ordinals = table.Definition.Indexes[place].Ordinals;
        while (Fixed < ordinals.Length && columns.TryGetValue(ordinals[Fixed], out var bounds) && bounds.Points is { } points && points.Length * _prefixes.Count <= MaxRanges)
        {
            _prefixes = [.. _prefixes.SelectMany(_ => points, static (prefix, point) => (byte[])[.. prefix, .. point])];
            Fixed++;
        }

        IsLookup = Fixed == ordinals.Length && place < table.UniqueCount;
        HasRange = Fixed < ordinals.Length && columns.ContainsKey(ordinals[Fixed]);
        Ranges = [.. Cut(Fixed < ordinals.Length ? columns.GetValueOrDefault(ordinals[Fixed]) : null)];
    }

    public int Place { get; }

    /// <summary>Leading columns that are known to have one of some values.</summary>
    public int Fixed { get; }

    /// <summary>Is the column behind them bounded?</summary>
    public bool HasRange { get; }

    /// <summary>Are these whole keys of a unique index?</summary>
    public bool IsLookup { get; }

    public ImmutableArray<KeyRange> Ranges { get; }

    /// <summary>The whole keys of a lookup.</summary>
    public ImmutableArray<byte[]> Keys => [.. _prefixes];

    /// <summary>How much it narrows, for choosing: 0 where not at all.</summary>
    public int Worth => IsLookup ? int.MaxValue : (Fixed * 2) + (HasRange ? 1 : 0);

    /// <summary>The bounds, or null where the index does not have every row that may be meant: it has none whose key has a NULL.</summary>
    public static IndexBounds? Of(TablePlan table, int place, IReadOnlyDictionary<int, ColumnBounds> columns)
    {
        foreach (var ordinal in table.Definition.Indexes[place].Ordinals)
        {
            if (table.Definition.Schema.Columns[ordinal].IsNullable && !columns.ContainsKey(ordinal))
                return null; // all bounds exclude NULL
        }

        return new IndexBounds(table, place, columns);
    }

    /// <summary>Does walking the index give rows in an order?</summary>
    /// <param name="table">The table.</param>
    /// <param name="order">The order.</param>
    /// <param name="isCut">Do the rows begin behind some values of the order?</param>
    /// <param name="isDescending">Which way the index is to be walked.</param>
    public bool IsInOrder(TablePlan table, ImmutableArray<SortColumn> order, bool isCut, out bool isDescending)
    {
        var wanted = order.Where(o => !IsConstant(o.Ordinal)).ToList();
        var given = table.Definition.Indexes[Place].Ordinals.Where(o => !IsConstant(o)).ToList();
        isDescending = wanted.Count > 0 && wanted[0].IsDescending;
        if (IsLookup && _prefixes.Count <= 1 && !isCut)
            return true; // one row at most
        if (wanted.Count > given.Count)
        {
            // A unique key decides: what comes behind it in the order orders nothing.
            if (Place >= table.UniqueCount || isCut)
                return false;
            wanted.RemoveRange(given.Count, wanted.Count - given.Count);
        }

        for (var i = 0; i < wanted.Count; i++)
        {
            if (wanted[i].Ordinal != given[i] || wanted[i].IsDescending != isDescending)
                return false;
        }

        return true;
    }

    /// <summary>What is left where the rows begin behind some values of an order that the index has.</summary>
    public (ImmutableArray<KeyRange> Ranges, ImmutableArray<byte[]> Keys) Behind(TablePlan table, QueryRequest request, bool isDescending)
    {
        var (columns, isIncluded) = Decisive(request);
        var prefix = new List<byte>();
        foreach (var ordinal in table.Definition.Indexes[Place].Ordinals)
        {
            if (IsConstant(ordinal))
                prefix.AddRange(_columns[ordinal].Points!.Value[0]);
            else if (columns.IndexOf(ordinal) is >= 0 and var at)
                prefix.AddRange(request.After[at]);
            else
                break; // the order goes no further: all keys that begin so are equal in it
        }

        byte[] last = [.. prefix];
        var next = KeyRange.Behind(last);
        var from = isIncluded ? last : next; // upwards; null where nothing is left
        var to = isIncluded ? next : last; // downwards; null for all
        var ranges = Ranges.Select(r => isDescending ? r with { To = to is null ? r.To : Least(r.To, to) } : from is null ? new KeyRange([], []) : r with { From = Greatest(r.From, from) });
        var keys = Keys.Where(k => k.AsSpan().StartsWith(last) ? isIncluded : (k.AsSpan().SequenceCompareTo(last) > 0) != isDescending);
        return ([.. ranges.Where(r => !r.IsEmpty)], [.. keys]);
    }

    /// <summary>The columns of the order up to the first whose only possible value is not the one that rows begin behind: there it is decided, for rows that are equal in those before it, whether they are left.</summary>
    private (List<int> Columns, bool IsIncluded) Decisive(QueryRequest request)
    {
        var columns = new List<int>();
        for (var i = 0; i < request.Order.Length; i++)
        {
            var (ordinal, isDescending) = request.Order[i];
            if (IsConstant(ordinal) && _columns[ordinal].Points!.Value[0].AsSpan().SequenceCompareTo(request.After[i]) is not 0 and var order)
                return (columns, order > 0 != isDescending);
            columns.Add(ordinal);
        }

        return (columns, false);
    }

    private static byte[] Greatest(byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b) >= 0 ? a : b;

    private static byte[] Least(byte[]? a, byte[] b) => a is not null && a.AsSpan().SequenceCompareTo(b) <= 0 ? a : b;

    private bool IsConstant(int ordinal) => _columns.TryGetValue(ordinal, out var bounds) && bounds.Points is { Length: 1 };

    private IEnumerable<KeyRange> Cut(ColumnBounds? next)
    {
        // Of too many points only the ends are left.
        var low = next?.Points is [var first, ..] ? first : next?.Low;
        var high = next?.Points is [.., var last] ? last : next?.High;
        foreach (var prefix in _prefixes)
        {
            var range = new KeyRange(low is null ? prefix : [.. prefix, .. low], KeyRange.Behind(high is null ? prefix : [.. prefix, .. high]));
            if (!range.IsEmpty)
                yield return range;
        }
    }
}
