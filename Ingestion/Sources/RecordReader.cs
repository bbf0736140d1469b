using System.Buffers;
using System.Text.Unicode;

namespace Helios.Pipeline.Ingestion;

/// <summary>Cuts an input into batches of records.</summary>
/// <remarks>
/// One thread. Every byte of the input belongs to exactly one record, to a line ending or to an empty line. A record
/// that is too long or never closed is given up: only the line in which it began is rejected, and the next record
/// begins behind that line. Where the batches are cut may depend on how the bytes arrive; the records do not.
/// </remarks>
internal sealed class RecordReader : IDisposable
{
    private readonly SourceInput _input;
    private readonly IRecordSplitter _splitter;
    private readonly BatchLimits _limits;
    private long _lastRecord;

    // The batch being cut; its bytes are the first unread ones of the input.
    private RecordSlice[] _slices = []; // rented from the shared pool; given to the batch, or returned by Dispose
    private int _count;
    private int _used;

    /// <param name="input">Stands at the beginning of a record: behind the header, or at a resumed position.</param>
    /// <param name="splitter">Of the input's format; used by this reader alone from now on.</param>
    /// <param name="lastRecord">Number of the last record before the input's position; 0 at the start.</param>
    public RecordReader(SourceInput input, IRecordSplitter splitter, long lastRecord = 0)
    {
        _input = input;
        _splitter = splitter;
        _limits = input.Limits;
        _lastRecord = lastRecord;
        _splitter.Reset();
    }

    /// <summary>Leaves the header behind, goes on after a stored position if there is one, and makes the reader.</summary>
    /// <param name="input">Stands at its start.</param>
    /// <param name="splitter">Of the input's format.</param>
    /// <param name="headerBytes">Unread bytes that are no records: <see cref="CsvHeader.Bytes"/>, or 0.</param>
    /// <param name="stored">What the last commit of this source stored; null to begin at the first record.</param>
    /// <returns>Null where the input is not the one that the position was stored for; <see cref="SourceInput.Rewind"/> and begin at its start.</returns>
    /// <exception cref="Storage.HeliosException">As <see cref="SourceInput.TryResume"/>.</exception>
    public static RecordReader? TryStart(SourceInput input, IRecordSplitter splitter, int headerBytes, SourcePosition? stored, CancellationToken cancellationToken)
    {
        var headerEnd = input.Offset + headerBytes;
        if (stored is { } position && !input.TryResume(position, cancellationToken))
            return null;

        // A position inside the header was stored by a run that took the header for records.
        if (input.Offset < headerEnd)
            input.Consume((int)(headerEnd - input.Offset));
        return new RecordReader(input, splitter, stored?.Record ?? 0);
    }

    /// <summary>The next records, or null at the end of the input. The caller disposes the batch.</summary>
    /// <exception cref="OperationCanceledException">Before a read; the reader cannot be used any more.</exception>
    /// <exception cref="Storage.HeliosException">Reading failed (<c>source_read_failed</c>).</exception>
    public RecordBatch? Next(CancellationToken cancellationToken)
    {
        while (_count < _limits.MaxRecords)
        {
            var pending = _input.Unread[_used..];
            var length = _splitter.FindEnd(pending, _input.IsEnded);
            var step = length > 0 ? Take(pending, length)
                : pending.Length > _limits.MaxRecordBytes + 2 ? GiveUp(pending, RecordFlaw.TooLong) // whatever its line ending
                : _input.IsEnded ? End(pending)
                : ReadMore(pending.Length, cancellationToken);

            if (step == Step.LineIsLongerThanBuffer)
                return SkipLine(cancellationToken);
            if (step == Step.BatchIsDone)
                break;
        }

        return _count == 0 ? null : Finish();
    }

    public void Dispose()
    {
        ReturnSlices();
        _count = 0;
    }

    private Step Take(ReadOnlySpan<byte> pending, int length)
    {
        var content = LengthWithoutEnding(pending[..length]);
        if (content > _limits.MaxRecordBytes)
            return GiveUp(pending[..length], RecordFlaw.TooLong);

        if (content == 0 && _count == 0)
        {
            _input.Consume(length);
            return Step.GoOn;
        }

        if (!Fits(length))
            return Step.BatchIsDone;
        if (content > 0)
            Add(new RecordSlice(_used, content, content, RecordFlaw.None));
        _used += length;
        return Step.GoOn;
    }

    private Step GiveUp(ReadOnlySpan<byte> pending, RecordFlaw flaw)
    {
        var lineFeed = pending.IndexOf((byte)'\n');
        if (lineFeed < 0 && !_input.IsEnded)
            return _count > 0 ? Step.BatchIsDone : Step.LineIsLongerThanBuffer;

        var line = lineFeed < 0 ? pending : pending[..(lineFeed + 1)];
        if (!Fits(line.Length))
            return Step.BatchIsDone;

        var content = line[..LengthWithoutEnding(line)];
        Add(new RecordSlice(_used, RawExcerpt.Length(content, _limits.MaxRawBytes), content.Length, flaw));
        _splitter.DropLine(line.Length);
        _used += line.Length;
        return Step.GoOn;
    }

    private Step End(ReadOnlySpan<byte> pending) =>
        pending.IsEmpty ? Step.BatchIsDone : GiveUp(pending, RecordFlaw.UnclosedQuote);

    private Step ReadMore(int pendingBytes, CancellationToken cancellationToken)
    {
        if (_count > 0 && (_limits.ReturnBeforeRead || _used + pendingBytes >= _limits.MaxBytes))
            return Step.BatchIsDone;
        _input.Fill(cancellationToken);
        return Step.GoOn;
    }

    // One record always fits, so that a batch is never empty.
    private bool Fits(int bytes)
    {
        if (_count == 0 || _used + bytes <= _limits.MaxBytes)
            return true;
        _splitter.DropLine(0); // the next batch looks at this record again
        return false;
    }

    private void Add(RecordSlice slice)
    {
        if (_count == _slices.Length)
        {
            var larger = ArrayPool<RecordSlice>.Shared.Rent(Math.Max(64, 2 * _count));
            _slices.AsSpan(0, _count).CopyTo(larger);
            ReturnSlices();
            _slices = larger;
        }

        _slices[_count++] = slice;
    }

    private void ReturnSlices()
    {
        if (_slices.Length > 0)
            ArrayPool<RecordSlice>.Shared.Return(_slices);
        _slices = [];
    }

    private RecordBatch Finish()
    {
        var first = _input.Offset;
        FlagInvalidUtf8(_input.Unread[.._used]);
        var buffer = _input.Detach(_used, out var origin);
        return Hand(buffer, origin, first);
    }

    // Cutting happens at line feeds, so the whole is UTF-8 exactly if each record is: one fast look at all of them.
    private void FlagInvalidUtf8(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
            return;
        foreach (ref var slice in _slices.AsSpan(0, _count))
        {
            if (slice.Flaw != RecordFlaw.None || Utf8.IsValid(bytes.Slice(slice.Start, slice.Length)))
                continue;
            var kept = Math.Min(slice.Length, _limits.MaxRawBytes);
            slice = new RecordSlice(slice.Start, kept, slice.Length, RecordFlaw.InvalidUtf8);
        }
    }

    private RecordBatch SkipLine(CancellationToken cancellationToken)
    {
        var first = _input.Offset;
        var head = _input.Unread[.._limits.MaxRawBytes];
        var kept = SourceBuffers.Rent(head.Length);
        head.CopyTo(kept);

        long lineBytes = 0;
        byte last = 0;
        int lineFeed;
        do
        {
            var unread = _input.Unread;
            lineFeed = unread.IndexOf((byte)'\n');
            var content = lineFeed < 0 ? unread.Length : lineFeed;
            if (content > 0)
                last = unread[content - 1];
            lineBytes += content;
            _input.Consume(lineFeed < 0 ? content : content + 1);
        }
        while (lineFeed < 0 && _input.Fill(cancellationToken));

        _splitter.Reset();
        if (last == (byte)'\r')
            lineBytes--;
        Add(new RecordSlice(0, RawExcerpt.Length(kept.AsSpan(0, _limits.MaxRawBytes), _limits.MaxRawBytes, isCut: true), lineBytes, RecordFlaw.TooLong));
        return Hand(kept, origin: 0, first);
    }

    private RecordBatch Hand(byte[] buffer, int origin, long firstOffset)
    {
        var batch = new RecordBatch(buffer, origin, firstOffset, _slices, _count, _lastRecord + 1, _input.PositionAfter(_lastRecord + _count));
        _lastRecord += _count;
        (_slices, _count, _used) = ([], 0, 0);
        return batch;
    }

    internal static int LengthWithoutEnding(ReadOnlySpan<byte> record)
    {
        if (record.EndsWith((byte)'\n'))
            record = record[..^1];
        return record.EndsWith((byte)'\r') ? record.Length - 1 : record.Length;
    }

    private enum Step
    {
        GoOn,
        BatchIsDone,
        LineIsLongerThanBuffer,
    }
}
