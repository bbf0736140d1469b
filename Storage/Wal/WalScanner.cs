namespace Helios.Pipeline.Storage;

/// <summary>Reads a log from end to end, decides what is log, what is an unsynced tail and what is damage.</summary>
/// <remarks>
/// The rule: what does not fit is damage exactly if something intact behind it says that it was durable, or if the store holds it; otherwise
/// it is a tail that no sync ever covered (pages reach the disk in any order).
/// An intact header of a later segment says so too: the writer syncs a segment before it begins the next.
/// </remarks>
internal sealed class WalScanner : IDisposable
{
    private readonly IStorageFiles _files;
    private readonly string _directory;
    private readonly Guid _databaseId;
    private readonly WalExpectation _expectation;
    private readonly List<ulong> _ids;
    private readonly List<WalSegment> _segments = [];
    private WalSegmentCursor? _current;
    private Lsn _stated;
    private Lsn _before; // the last LSN that is no longer in the log

    private WalScanner(IStorageFiles files, string directory, Guid databaseId, in WalExpectation expectation)
    {
        _files = files;
        _directory = directory;
        _databaseId = databaseId;
        _expectation = expectation;
        _ids = WalFormat.ListSegments(files, directory);
    }

    /// <summary>Throws <see cref="HeliosException"/>: <c>corrupt</c>, <c>format_too_new</c>, <c>io_error</c>.</summary>
    public static WalScan Run(IStorageFiles files, string directory, Guid databaseId, in WalExpectation expectation)
    {
        try
        {
            using var scanner = new WalScanner(files, directory, databaseId, expectation);
            return scanner.Run();
        }
        catch (IOException error)
        {
            throw StorageErrors.From(error, $"The log in '{directory}' cannot be read; nothing was changed.");
        }
    }

    public void Dispose() => _current?.Dispose();

    private WalScan Run()
    {
        var index = 0;
        for (; index < _ids.Count; index++)
        {
            var next = new WalSegmentCursor(_files, _directory, _ids[index], _databaseId);
            if (!next.TryReadHeader() || (_current is not null && !next.Follows(_current)))
            {
                next.Dispose();
                break;
            }

            if (_current is null)
                _before = next.Header.Before;
            _current?.Dispose();
            _current = next;
            ReadFrames(next, _ids[index]);
        }

        RefuseDamage(index);
        CheckExpectation(index);
        var surplus = _ids[index..].ConvertAll(id => WalFormat.SegmentPath(_directory, id));
        return new WalScan
        {
            Segments = _segments,
            Head = _current?.Last ?? Lsn.Zero,
            LastCrc = _current?.Crc ?? 0,
            Stated = _stated,
            End = _current?.Offset ?? 0,
            Cut = MeasureTail(surplus),
            Surplus = surplus,
        };
    }

    private void ReadFrames(WalSegmentCursor cursor, ulong id)
    {
        while (cursor.TryReadFrame(out var frame))
            _stated = frame.Durable;

        _segments.Add(new WalSegment(id, cursor.Path, cursor.Length, cursor.Header.First, new Lsn(cursor.Expected.Value - 1), cursor.Header.Epoch));
    }

    /// <summary>Everything before <paramref name="index"/> has been read; is what comes after it only a tail?</summary>
    private void RefuseDamage(int index)
    {
        var expected = _current?.Expected ?? new Lsn(1);
        var epoch = _current?.Header.Epoch ?? 0;
        var lostSegment = index < _ids.Count && _current is not null && _ids[index] != _ids[index - 1] + 1;

        if (_current is not null)
        {
            using var file = _files.Open(_current.Path, writable: false);
            if (WalEvidence.FindInSegment(file, _current.Offset, _ids[index - 1], _databaseId, epoch, expected) is { } proof)
                throw WalErrors.Damaged(_current.Path, _current.Offset, expected, proof);
        }

        // Behind the frames of the last good segment the next epoch may begin at any LSN; whatever is proven there lies behind the head.
        var afterHead = _current?.Last.Next ?? new Lsn(1);
        for (var i = index; i < _ids.Count; i++)
        {
            using var cursor = new WalSegmentCursor(_files, _directory, _ids[i], _databaseId);
            using var file = _files.Open(cursor.Path, writable: false);
            var begun = cursor.TryReadHeader();
            var proof = begun
                ? $"'{cursor.Path}' was begun later, which happens only after everything before it was synced"
                : WalEvidence.FindInSegment(file, 0, _ids[i], _databaseId, epoch, afterHead);
            if (proof is null)
                continue;
            if (lostSegment)
                throw WalErrors.MissingSegment(WalFormat.SegmentPath(_directory, _ids[index - 1] + 1), expected, proof);
            throw begun && i == index && _current is not null
                ? WalErrors.Damaged(_current.Path, _current.Offset, expected, proof)
                : WalErrors.Damaged(WalFormat.SegmentPath(_directory, _ids[index]), 0, afterHead, proof);
        }
    }

    private void CheckExpectation(int index)
    {
        if (_expectation.IsNew)
        {
            if (_current is not null && _current.Last > Lsn.Zero)
                throw WalErrors.Unfit(_directory, $"a new database was to be made, but there are commits up to LSN {_current.Last}");
            return;
        }

        if (_current is null)
        {
            throw WalErrors.Unfit(_directory, _ids.Count == 0
                ? "the directory holds no segment, but this database has a log"
                : $"segment '{WalFormat.SegmentPath(_directory, _ids[0])}' has no intact header at byte 0");
        }

        if (_expectation.MustReach > _current.Last)
        {
            // The applied LSN is a proof like the others: what was applied had been synced.
            var path = index < _ids.Count && _current.Offset == _current.Length ? WalFormat.SegmentPath(_directory, _ids[index]) : _current.Path;
            throw WalErrors.Damaged(path, path == _current.Path ? _current.Offset : 0, _current.Last.Next,
                $"the store's applied LSN {_expectation.MustReach} is ahead of the log, which ends at LSN {_current.Last}");
        }

        var needed = _expectation.MustHoldAfter ?? _expectation.MustReach;
        if (_before > needed)
            throw WalErrors.Unfit(_directory, $"it begins after LSN {_before}, but everything after LSN {needed} is needed: older segments are missing");
    }

    private WalCut? MeasureTail(List<string> surplus)
    {
        WalCut? cut = null;
        if (_current is not null)
            Measure(_current.Path, _current.Offset);
        foreach (var path in surplus)
            Measure(path, 0);
        return cut;

        void Measure(string path, long from)
        {
            using var file = _files.Open(path, writable: false);
            var bytes = WalEvidence.EndOfContent(file, from) - from;
            if (bytes > 0)
                cut = cut is { } first ? first with { Bytes = first.Bytes + bytes } : new WalCut(path, from, bytes, _current?.Expected ?? new Lsn(1));
        }
    }
}
