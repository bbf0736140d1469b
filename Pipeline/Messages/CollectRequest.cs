using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Keys that nobody can see any more, for Commit to remove from the store, and how far the collection is then: both in one batch, so that no end of the process
/// comes between them.
/// </summary>
/// <remarks>
/// Filled by its maker, then Commit's until <see cref="Stored"/>. Whoever makes one promises that no reader, now or later, and no version that may still be written
/// needs a key of it; that of each row the older versions are in it, or gone, where its deletion is.
/// </remarks>
internal sealed class CollectRequest(KeyedHash? hash) : IDisposable
{
    /// <summary>So many neighbours are removed by a range: fewer are cheaper for readers one by one.</summary>
    public const int LeastRun = 256;

    private readonly ByteBuffer _versions = new(); // owned; keys of one size
    private readonly List<int> _runs = [];         // where a run of neighbours begins
    private readonly ByteBuffer _others = new();   // owned; keys of the default family
    private readonly List<int> _otherLengths = [];

    /// <summary>Versions of rows, deletions among them.</summary>
    public int Versions => _versions.Length / KeySpace.RowKeySize;

    /// <summary>Keys that rows gave up.</summary>
    public int Vacated => _otherLengths.Count;

    public int Count => Versions + Vacated;

    /// <summary>Bytes of the keys, for bounds.</summary>
    public int KeyBytes => _versions.Length + _others.Length;

    /// <summary>Bytes that they take in the store before compression, as far as known.</summary>
    public long Bytes { get; set; }

    /// <summary>Everything in it was made dead by commits at or before this one.</summary>
    public Lsn AsOf { get; init; }

    /// <summary>The collection is this far with it; null where it says nothing of that.</summary>
    public Lsn? Through { get; set; }

    /// <summary>Where a sweep goes on behind it, or a default where it has ended; null where it is not a sweep's.</summary>
    public SweepPlace? Sweep { get; set; }

    /// <summary>Does it change nothing?</summary>
    public bool IsEmpty => Count == 0 && Through is null && Sweep is null;

    /// <summary>The store has none of it any more.</summary>
    public TaskCompletionSource Stored { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Adds a version.</summary>
    /// <param name="partition">Where.</param>
    /// <param name="row">The row.</param>
    /// <param name="lsn">The commit that wrote it.</param>
    /// <param name="follows">Does the store have no key between it and the one added before, and will there never be one?</param>
    public void AddVersion(uint partition, RowId row, Lsn lsn, bool follows = false)
    {
        if (!follows || _runs.Count == 0)
            _runs.Add(Versions);
        _versions.Advance(KeyWriter.Row(_versions.GetSpan(KeySpace.RowKeySize), partition, row, lsn));
    }

    /// <summary>Takes one of the versions out again; the run that it stands in ends in front of it.</summary>
    public void RemoveVersionAt(int index)
    {
        var keys = _versions.Written;
        keys[((index + 1) * KeySpace.RowKeySize)..].CopyTo(keys[(index * KeySpace.RowKeySize)..]);
        _versions.Truncate(_versions.Length - KeySpace.RowKeySize);
        _runs.RemoveAll(run => run == index);
        for (var i = 0; i < _runs.Count; i++)
            _runs[i] -= _runs[i] > index ? 1 : 0;
        if (index < Versions && !_runs.Contains(index))
        {
            _runs.Add(index);
            _runs.Sort();
        }
    }

    /// <summary>Adds a key that a row gave up.</summary>
    public void AddVacated(uint index, ReadOnlySpan<byte> indexKey, Lsn lsn)
    {
        var key = _others.GetSpan(KeySpace.VacatedOverhead + Math.Max(indexKey.Length, KeyedHash.ShortSize));
        if (hash is null)
        {
            Added(KeyWriter.Vacated(key, index, indexKey, lsn));
            return;
        }

        Span<byte> hashed = stackalloc byte[KeyedHash.ShortSize];
        hash.Compute(key[..KeyWriter.VacatedPrefix(key, index, indexKey)], hashed);
        Added(KeyWriter.Vacated(key, index, hashed, lsn));
    }

    /// <summary>Adds a key that a row gave up, as the store has it.</summary>
    public void AddVacated(ReadOnlySpan<byte> key)
    {
        key.CopyTo(_others.GetSpan(key.Length));
        Added(key.Length);
    }

    /// <summary>Adds it to a batch; returns how far the collection is with it.</summary>
    public CollectedState Write(StoreBatch batch, CollectedState state)
    {
        for (var i = 0; i < _runs.Count; i++)
            WriteRun(batch, _runs[i], i + 1 < _runs.Count ? _runs[i + 1] : Versions);
        var at = 0;
        foreach (var length in _otherLengths)
        {
            batch.DeleteMeta(_others.Written.Slice(at, length));
            at += length;
        }

        if (Count > 0 && AsOf > state.Mark)
            state = state with { Mark = AsOf };
        if (Through is { } through && through > state.Through)
            state = state with { Through = through };
        return Sweep is { } place ? state with { Sweep = place.AsOf, Partition = place.Partition, Row = place.Row } : state;
    }

    public void Dispose()
    {
        _versions.Dispose();
        _others.Dispose();
    }

    private void Added(int length)
    {
        _others.Advance(length);
        _otherLengths.Add(length);
    }

    private void WriteRun(StoreBatch batch, int from, int before)
    {
        if (before - from >= LeastRun)
        {
            batch.RemoveVersions(Key(from), Key(before - 1));
            return;
        }

        for (var i = from; i < before; i++)
            batch.RemoveVersion(Key(i));
    }

    private ReadOnlySpan<byte> Key(int index) => _versions.Written.Slice(index * KeySpace.RowKeySize, KeySpace.RowKeySize);
}

/// <summary>Where a sweep goes on.</summary>
/// <param name="AsOf">What it removes as of; zero where it has ended.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Row">The row.</param>
internal readonly record struct SweepPlace(Lsn AsOf, uint Partition, RowId Row);
