using System.Buffers.Binary;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A row as a commit has left it that is put in order; it need not be readable yet.</summary>
/// <param name="Path">Where it was put in order. Another path may give its LSN to another commit, so who rests on it goes there.</param>
/// <param name="Row">Its id.</param>
/// <param name="Lsn">Its version.</param>
/// <param name="Content">Its bytes.</param>
internal sealed record OrderedRow(WritePath Path, RowId Row, Lsn Lsn, byte[] Content);

/// <summary>
/// Lets callers that rest a row on what it is go one after the other, first come first served: of many that read the same row
/// only one can succeed, and all others would have to read again, each time.
/// </summary>
/// <remarks>Any thread. It has an entry for each key that somebody is at, and keeps nothing else.</remarks>
internal sealed class KeyTurns
{
    private readonly Lock _gate = new();
    private readonly Dictionary<byte[], KeyTurn> _last = new(KeyBytes.Comparer);

    /// <summary>Queues for the row with a primary key. The place is taken by the call; dispose of it in any case.</summary>
    public KeyTurn Enter(TableId table, ReadOnlySpan<byte> key)
    {
        var name = new byte[sizeof(uint) + 1 + key.Length]; // one byte more than a table's, whatever the key
        BinaryPrimitives.WriteUInt32BigEndian(name, table.Value);
        key.CopyTo(name.AsSpan(sizeof(uint) + 1));
        return Enter(name);
    }

    /// <summary>Queues for the rows of a table that a condition has chosen.</summary>
    public KeyTurn Enter(TableId table)
    {
        var name = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(name, table.Value);
        return Enter(name);
    }

    /// <summary>How many keys somebody is at.</summary>
    internal int Count
    {
        get
        {
            lock (_gate)
                return _last.Count;
        }
    }

    private KeyTurn Enter(byte[] name)
    {
        lock (_gate)
        {
            var turn = new KeyTurn(this, name, _last.GetValueOrDefault(name)?.Left);
            _last[name] = turn;
            return turn;
        }
    }

    internal void Forget(byte[] name, KeyTurn turn)
    {
        lock (_gate)
        {
            if (_last.GetValueOrDefault(name) == turn)
                _last.Remove(name);
        }
    }
}

/// <summary>One caller's place in the queue for a key. It ends when the caller's commit has its place in the order, or with <see cref="Dispose"/>; the next one is told what the row is then.</summary>
/// <remarks>One caller; <see cref="Ordered"/> is called by Constrain.</remarks>
internal sealed class KeyTurn(KeyTurns turns, byte[] name, Task<OrderedRow?>? before) : IRowFollower, IDisposable
{
    private readonly TaskCompletionSource<OrderedRow?> _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WritePath? _path;
    private byte[] _content = [];

    /// <summary>What the row is, where the caller before has said it; null where it must be read.</summary>
    public OrderedRow? Known { get; set; }

    /// <summary>Ends with the turn.</summary>
    internal Task<OrderedRow?> Left => _left.Task;

    /// <summary>Waits for the turn.</summary>
    public async ValueTask ComesAsync(CancellationToken cancellationToken)
    {
        if (before is not null)
            Known = await before.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Says what the row is to be, before its commit is submitted.</summary>
    public void Promise(WritePath path, byte[] content) => (_path, _content) = (path, content);

    public void Ordered(RowId row, Lsn lsn) => _left.TrySetResult(new OrderedRow(_path!, row, lsn, _content));

    /// <summary>Gives the turn up; where it has not come yet, when it comes.</summary>
    public void Dispose()
    {
        if (before is { IsCompleted: false })
            before.ContinueWith(static (left, self) => ((KeyTurn)self!).Pass(left.Result), this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        else
            Pass(Known);
    }

    private void Pass(OrderedRow? known)
    {
        turns.Forget(name, this);
        _left.TrySetResult(known);
    }
}
