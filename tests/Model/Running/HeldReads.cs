using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Model.Tests;

/// <summary>Scans and feeds that stay open while operations go on.</summary>
internal sealed class HeldReads
{
    private const int MaxOpen = 3;

    private readonly List<HeldScan> _scans = [];
    private readonly List<HeldFeed> _feeds = [];

    public async Task OpenScanAsync(SequenceRun run, Table table, int number)
    {
        if (_scans.Count == MaxOpen)
            await Take(_scans, 0).DisposeAsync();
        _scans.Add(await HeldScan.OpenAsync(table, [.. run.Model.Head[number]!.Rows.Values]));
    }

    /// <summary>Reads some rows of an open scan; one that has ended goes.</summary>
    public async Task ReadScanAsync(int which, int rows)
    {
        if (_scans.Count > 0 && await _scans[which % _scans.Count].ReadAsync(rows))
            await Take(_scans, which % _scans.Count).DisposeAsync();
    }

    public async Task OpenFeedAsync(SequenceRun run, ulong from)
    {
        if (_feeds.Count == MaxOpen)
            await Take(_feeds, 0).DisposeAsync();
        var feed = new HeldFeed(run, from);
        _feeds.Add(feed);
        await feed.ReadAsync();
    }

    public Task ReadFeedAsync(int which) => _feeds.Count == 0 ? Task.CompletedTask : _feeds[which % _feeds.Count].ReadAsync();

    public async Task CloseAsync()
    {
        while (_scans.Count > 0)
            await Take(_scans, 0).DisposeAsync();
        await CloseFeedsAsync();
    }

    public async Task CloseFeedsAsync()
    {
        while (_feeds.Count > 0)
            await Take(_feeds, 0).DisposeAsync();
    }

    private static T Take<T>(List<T> from, int at)
    {
        var taken = from[at];
        from.RemoveAt(at);
        return taken;
    }
}

/// <summary>A scan sees the rows of the moment it began, whatever comes later.</summary>
internal sealed class HeldScan : IAsyncDisposable
{
    private readonly IAsyncEnumerator<Row> _rows;
    private readonly Queue<ModelRow> _due;
    private bool _ended;

    private HeldScan(IAsyncEnumerator<Row> rows, IEnumerable<ModelRow> due)
    {
        _rows = rows;
        _due = new Queue<ModelRow>(due);
    }

    public static async Task<HeldScan> OpenAsync(Table table, IReadOnlyList<ModelRow> rows)
    {
        var scan = new HeldScan(table.ScanAsync().GetAsyncEnumerator(), rows);
        await scan.ReadAsync(1); // only the first row opens the view
        return scan;
    }

    /// <summary>True at the end.</summary>
    public async Task<bool> ReadAsync(int rows)
    {
        for (; !_ended && rows > 0; rows--)
        {
            _ended = !await _rows.MoveNextAsync();
            Assert.True(_ended == (_due.Count == 0), $"an open scan {(_ended ? $"ended with {_due.Count} rows missing" : $"shows {Rows.Read(_rows.Current)}, which came later")}");
            if (!_ended)
                Assert.Equal(_due.Dequeue(), Rows.Read(_rows.Current));
        }

        return _ended;
    }

    public ValueTask DisposeAsync() => _rows.DisposeAsync();
}
