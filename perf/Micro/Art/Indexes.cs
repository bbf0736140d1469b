using System.Diagnostics;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Micro;

/// <summary>Something that keeps, for each key, who holds it. Loops are inside, so that a call by interface costs nothing a key.</summary>
internal interface IIndex : IDisposable
{
    void Insert(ulong from, ulong to);

    /// <summary>Looks up keys that are there, numbers below a bound, in random order.</summary>
    void Lookup(ulong below, int count, ulong seed);

    /// <summary>Bytes outside the managed heap: reserved, and of those in use.</summary>
    (long Reserved, long Used) Native { get; }
}

/// <summary>What a dictionary keeps for a key.</summary>
internal readonly record struct Holder(ulong Row, ulong Lsn);

internal sealed class ArtIndex<TKind, TKey> : IIndex
    where TKind : struct, IKeyKind<TKey>
    where TKey : notnull
{
    private readonly ArtTree _tree = new();

    public (long Reserved, long Used) Native => (_tree.Bytes, _tree.LiveBytes);

    public void Insert(ulong from, ulong to)
    {
        Span<byte> key = stackalloc byte[TKind.Length];
        for (var number = from; number < to; number++)
        {
            TKind.Write(number, key);
            if (!_tree.TryPushFree(key, new KeyVersion(new RowId(number + 1), new Lsn(number + 1), Vacated: false), out _))
                throw new UnreachableException();
        }
    }

    public void Lookup(ulong below, int count, ulong seed)
    {
        Span<byte> key = stackalloc byte[TKind.Length];
        for (var i = 0; i < count; i++)
        {
            var number = Random16.Mix(seed + (ulong)i) % below;
            TKind.Write(number, key);
            if (_tree.Find(key, Lsn.Max, out var version) != KeyLookup.Live || version.Row.Value != number + 1)
                throw new UnreachableException();
        }
    }

    public void Dispose() => _tree.Dispose();
}

internal sealed class DictionaryIndex<TKind, TKey> : IIndex
    where TKind : struct, IKeyKind<TKey>
    where TKey : notnull
{
    private readonly Dictionary<TKey, Holder> _dictionary = new(TKind.Equality);

    public (long Reserved, long Used) Native => default;

    public void Insert(ulong from, ulong to)
    {
        for (var number = from; number < to; number++)
        {
            TKey? key = default;
            TKind.Make(number, ref key);
            if (!_dictionary.TryAdd(key!, new Holder(number + 1, number + 1)))
                throw new UnreachableException();
        }
    }

    public void Lookup(ulong below, int count, ulong seed)
    {
        TKey? key = default;
        for (var i = 0; i < count; i++)
        {
            var number = Random16.Mix(seed + (ulong)i) % below;
            TKind.Make(number, ref key);
            if (!_dictionary.TryGetValue(key!, out var holder) || holder.Row != number + 1)
                throw new UnreachableException();
        }
    }

    public void Dispose() => _dictionary.Clear();
}

internal sealed class SortedIndex<TKind, TKey> : IIndex
    where TKind : struct, IKeyKind<TKey>
    where TKey : notnull
{
    private readonly SortedDictionary<TKey, Holder> _dictionary = new(TKind.Order);

    public (long Reserved, long Used) Native => default;

    public void Insert(ulong from, ulong to)
    {
        for (var number = from; number < to; number++)
        {
            TKey? key = default;
            TKind.Make(number, ref key);
            _dictionary.Add(key!, new Holder(number + 1, number + 1));
        }
    }

    public void Lookup(ulong below, int count, ulong seed)
    {
        TKey? key = default;
        for (var i = 0; i < count; i++)
        {
            var number = Random16.Mix(seed + (ulong)i) % below;
            TKind.Make(number, ref key);
            if (!_dictionary.TryGetValue(key!, out var holder) || holder.Row != number + 1)
                throw new UnreachableException();
        }
    }

    public void Dispose() => _dictionary.Clear();
}
