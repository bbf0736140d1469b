using System.Collections.Concurrent;

namespace Helios.Pipeline.Storage;

/// <summary>Rows that a scan has read together, copied into one run of memory. One owner, one thread at a time; used again it allocates nothing.</summary>
internal sealed class RowBatch : IDisposable
{
    /// <summary>Rows at most: their offsets and one decoded column stay in the first cache of a processor core.</summary>
    public const int MaxRows = 1_024;

    /// <summary>Bytes after which no further row is taken. A single row may be longer.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Batches kept for the next scan, for all engines of the process: a short query must not pay for arrays of a thousand rows.</summary>
    private const int MostKept = 16;

    private static readonly ConcurrentQueue<RowBatch> s_kept = new();

    private readonly ByteBuffer _bytes = new(64 * 1024); // owned
    private readonly int[] _starts = new int[MaxRows + 1];
    private readonly RowId[] _ids = new RowId[MaxRows];
    private readonly Lsn[] _versions = new Lsn[MaxRows];

    private int _isRented;

    private RowBatch()
    {
    }

    /// <summary>An empty batch; disposing it gives it back.</summary>
    public static RowBatch Rent()
    {
        var batch = s_kept.TryDequeue(out var kept) ? kept : new RowBatch();
        batch._isRented = 1;
        return batch;
    }

    /// <summary>Rows in it.</summary>
    public int Count { get; private set; }

    /// <summary>Memory of its rows.</summary>
    public int Bytes => _bytes.Length;

    public bool IsFull => Count == MaxRows || _bytes.Length >= MaxBytes;

    /// <summary>All rows, one behind the other.</summary>
    public ReadOnlySpan<byte> All => _bytes.Written;

    /// <summary>A row's bytes; valid until the batch changes.</summary>
    public ReadOnlySpan<byte> this[int row] => _bytes.Written[_starts[row].._starts[row + 1]];

    /// <summary>Where a row begins in <see cref="All"/>.</summary>
    public int Start(int row) => _starts[row];

    public RowId Id(int row) => _ids[row];

    /// <summary>The commit that wrote the row as it is here.</summary>
    public Lsn Version(int row) => _versions[row];

    /// <summary>Takes a row; there must be room.</summary>
    public void Add(RowId id, Lsn version, ReadOnlySpan<byte> row)
    {
        _bytes.Append(row);
        Take(id, version);
    }

    /// <summary>Room for a row that is written in place; <see cref="Take"/> says that it is there.</summary>
    public ByteBuffer Buffer => _bytes;

    /// <summary>What stands in <see cref="Buffer"/> behind the last row is a row.</summary>
    public void Take(RowId id, Lsn version)
    {
        _ids[Count] = id;
        _versions[Count] = version;
        _starts[++Count] = _bytes.Length;
    }

    /// <summary>Forgets the rows from one place on.</summary>
    public void Truncate(int count)
    {
        Count = count;
        _bytes.Truncate(_starts[count]);
    }

    public void Clear()
    {
        Count = 0;
        _bytes.Truncate(0);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isRented, 0) == 0)
            return; // two scans must never have the same batch
        Clear();
        if (_bytes.Capacity <= 2 * MaxBytes && s_kept.Count < MostKept)
            s_kept.Enqueue(this);
        else
            _bytes.Dispose();
    }
}
