using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>
/// Takes one input into one table, exactly once: every commit carries the source's new position, and the next run goes on there.
/// <code>
/// reader thread ─► encode, parallel ─► submit, in order ─► [submitted] answers, in order: acks, rejects, progress
/// </code>
/// </summary>
internal sealed class IngestRun : IDisposable
{
    /// <summary>Commits submitted and not yet answered; with the write path's own budget this bounds memory whatever the input's size.</summary>
    private const int MaxInFlight = 8;

    private readonly HeliosEngine _engine;
    private readonly SourceInput _input;
    private readonly SourceTable _source;
    private readonly SourceProgress? _known;
    private readonly SourceKey _key;
    private readonly IngestOptions _options;
    private readonly IngestOutputs _outputs;
    private readonly CancellationTokenSource _stop;
    private readonly SessionOrder _order = new();
    private readonly Mailbox<IngestBatch> _submitted = new("submitted", MaxInFlight, readerBlocks: false);
    private readonly DataflowStep<IngestBatch> _encoding;
    private readonly TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SourcePosition _cut;
    private Exception? _failure;
    private bool _ended;

    private IngestRun(HeliosEngine engine, SourceInput input, SourceTable source, SourceProgress? known, SourceKey key, IngestOptions options, IngestOutputs outputs, CancellationToken cancellationToken)
    {
        _engine = engine;
        _input = input;
        _source = source;
        _known = known;
        _key = key;
        _cut = known is null ? new SourcePosition(-1, 0, 0) : new SourcePosition(known.Offset, known.Record, known.Crc);
        _options = options;
        _outputs = outputs;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _encoding = new DataflowStep<IngestBatch>(Environment.ProcessorCount, capacity: 4, Encode, SubmitAsync, static (batch, error) => batch.Failure ??= error);
    }

    public static BatchLimits Limits(IngestOptions options) => new() { MaxRecords = options.CommitRows, MaxBytes = 4 << 20 };

    public static async Task<IngestReport> RunAsync(HeliosEngine engine, SourceInput input, string table, IngestOptions options, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var source = await SourceTable.PrepareAsync(engine, input, table, options, cancellationToken).ConfigureAwait(false);
        var (reader, known, key) = SourceLookup.Start(engine, input, source, options, cancellationToken);
        using (reader)
        {
            using var outputs = IngestOutputs.Open(engine, source.Table, SourceGuid.Of(key.Fingerprint), options);
            using var run = new IngestRun(engine, input, source, known, key, options, outputs, cancellationToken);
            await run.PumpAsync(reader).ConfigureAwait(false);
            return outputs.Report(source.Table.Name, known?.Record ?? 0, run.IsComplete, Stopwatch.GetElapsedTime(started), engine.Visible);
        }
    }

    private bool IsComplete => _ended && !_outputs.TooManyRejects;

    public void Dispose() => _stop.Dispose();

    private async Task PumpAsync(RecordReader reader)
    {
        // A thread of its own: reading standard input may block for as long as it likes.
        new Thread(() => Read(reader)) { Name = "helios read", IsBackground = true }.Start();
        var answering = AnswerAsync();
        await _read.Task.ConfigureAwait(false);
        _encoding.Complete();
        await _encoding.Completion.ConfigureAwait(false);
        _submitted.Complete();
        await answering.ConfigureAwait(false);
        if (_failure is not null)
            ExceptionDispatchInfo.Throw(_failure);
        if (_ended)
            await MarkCompleteAsync().ConfigureAwait(false);
    }

    private void Read(RecordReader reader)
    {
        using var wait = new BlockingWait();
        try
        {
            foreach (var batch in _source.Inferred)
                Send(batch, wait);
            while (!_stop.IsCancellationRequested)
            {
                if (reader.Next(_stop.Token) is not { } batch)
                {
                    _ended = true;
                    break;
                }

                Send(batch, wait);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped between two records: what was cut is finished below
        }
        catch (Exception error)
        {
            _failure ??= error;
        }
        finally
        {
            _read.SetResult();
        }
    }

    private void Send(RecordBatch records, BlockingWait wait)
    {
        var expected = _cut.Offset;
        _cut = records.End;
        var progress = new SourceProgress(_source.Table.Plan.Definition.Id, _key) { Offset = _cut.Offset, Record = _cut.Record, Crc = _cut.Crc };
        var batch = new IngestBatch(records, progress, expected, _source.Table.Plan.Definition, keepLines: _options.RejectsFile is not null);
        wait.Wait(new ValueTask<bool>(_encoding.SendAsync(batch)));
    }

    private void Encode(IngestBatch batch)
    {
        var encoder = _source.Encoders.Rent();
        try
        {
            batch.Encode(encoder, _input.Limits);
        }
        finally
        {
            _source.Encoders.Return(encoder);
        }
    }

    private async ValueTask SubmitAsync(IngestBatch batch)
    {
        if (batch.Envelope is { } envelope && _failure is null)
        {
            var ticket = CommitTicket.Rent();
            batch.Answer = ticket.Task;
            envelope.SetTicket(ticket);
            try
            {
                await _engine.WritePath.SubmitAsync(envelope, _order, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                batch.Failure = error;
            }
        }

        await _submitted.SendAsync(batch).ConfigureAwait(false);
    }

    /// <summary>Takes the answers in the order of the input: what is told outside never runs ahead of what is stored.</summary>
    private async Task AnswerAsync()
    {
        while (await _submitted.WaitToReadAsync().ConfigureAwait(false))
        {
            while (_submitted.TryRead(out var batch))
            {
                using (batch)
                    await AnswerAsync(batch).ConfigureAwait(false);
            }
        }
    }

    private async Task AnswerAsync(IngestBatch batch)
    {
        try
        {
            if (batch.Failure is { } failure)
                ExceptionDispatchInfo.Throw(failure);
            if (_failure is not null && batch.Answer == default)
                return; // it was never submitted: an earlier batch failed
            var receipt = await batch.Answer.ConfigureAwait(false);
            _outputs.Take(batch, receipt);
            if (_outputs.TooManyRejects)
                await _stop.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _failure ??= error;
            await _stop.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Notes that the input was read to its end, so that <c>inspect</c> can say so. Costs a commit, once.</summary>
    private async Task MarkCompleteAsync()
    {
        if (_known is { Complete: true } && _known.Offset == _cut.Offset)
            return;
        if (_cut.Offset < 0)
            return; // a header and nothing else: there is no position to speak of
        using var session = _engine.OpenSession();
        session.Envelope.Changes.MoveSource(
            new SourceProgress(_source.Table.Plan.Definition.Id, _key) { Offset = _cut.Offset, Record = _cut.Record, Crc = _cut.Crc, Complete = true },
            _cut.Offset);
        await session.CommitAsync().ConfigureAwait(false);
    }
}
