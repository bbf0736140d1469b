namespace Helios.Pipeline.Load;

/// <summary>Commits whose answers are still to come, at most so many. One producer's.</summary>
internal sealed class CommitWindow(int size)
{
    private readonly ValueTask<CommitReceipt>[] _answers = new ValueTask<CommitReceipt>[size];
    private readonly int[] _rows = new int[size];
    private long _entered;
    private long _left;

    /// <summary>Rows acknowledged.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Waits until there is a place.</summary>
    public ValueTask RoomAsync() => _entered - _left < size ? default : new ValueTask(LeaveAsync());

    public void Enter(ValueTask<CommitReceipt> answer, int rows)
    {
        var place = _entered++ % size;
        (_answers[place], _rows[place]) = (answer, rows);
    }

    /// <summary>Waits for every answer.</summary>
    public async Task DrainAsync()
    {
        while (_left < _entered)
            await LeaveAsync().ConfigureAwait(false);
    }

    private async Task LeaveAsync()
    {
        var place = _left++ % size;
        var receipt = await _answers[place].ConfigureAwait(false);
        if (!receipt.IsComplete || receipt.Rows != _rows[place])
            throw new InvalidOperationException($"A commit of {_rows[place]} rows was answered with {receipt.Rows}.");
        Acknowledged += receipt.Rows;
    }
}
