using System.Runtime.ExceptionServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Writes a stream of rows in commits, a bounded number of them in flight. Used once.</summary>
internal sealed class StreamInsert<T>(Table<T> table, int rowsPerCommit, OnReject onReject)
{
    public const int DefaultRowsPerCommit = 1_000;

    /// <summary>Enough that the log always has the next commit while one is synced.</summary>
    public const int MaxInFlight = 8;

    /// <summary>A commit ends here whatever its count: eight of them are 32 MiB, half of what the engine admits by default.</summary>
    private const int BytesPerCommit = 4 << 20;

    private const int MaxRejectionsKept = 1_000;

    private readonly Queue<InFlight> _inFlight = new();
    private readonly List<RowRejection> _rejected = [];
    private readonly List<RowRejection> _refused = [];
    private long _read;
    private long _first;
    private long _rows;
    private long _commits;
    private long _rejectedCount;
    private Lsn _lsn;
    private Exception? _failure;

    public async Task<StreamReceipt> RunAsync(IAsyncEnumerable<T> rows, CancellationToken cancellationToken)
    {
        using var session = table.Engine.OpenSession();
        try
        {
            await foreach (var row in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                await AddAsync(session, row).ConfigureAwait(false);
                if (_failure is not null)
                    break;
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (_failure is null)
                await SubmitAsync(session).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _failure ??= error;
        }

        while (_inFlight.Count > 0)
            await TakeAnswerAsync().ConfigureAwait(false);
        if (_failure is not null)
            ExceptionDispatchInfo.Throw(_failure);
        return new StreamReceipt(_lsn, _rows, _commits, _rejectedCount, _rejected);
    }

    private async ValueTask AddAsync(Session session, T row)
    {
        if (row is null)
            throw new ArgumentException($"Row {_read} of the stream is null.");
        if (await TryInsertAsync(session, row).ConfigureAwait(false) is { } refused)
        {
            if (onReject == OnReject.RejectCommit)
                throw Explain(RowErrors.Refused(table.Name, refused), _read, _read);
            _refused.Add(refused with { Row = (int)(_read - _first) });
        }

        _read++;
        if (_read - _first >= rowsPerCommit || session.PendingBytes >= BytesPerCommit)
            await SubmitAsync(session).ConfigureAwait(false);
    }

    private async ValueTask<RowRejection?> TryInsertAsync(Session session, T row)
    {
        try
        {
            return session.TryInsert(table, row);
        }
        catch (HeliosException error) when (error.Code == "commit_too_long" && session.PendingRows > 0)
        {
            await SubmitAsync(session).ConfigureAwait(false); // the row is long: it gets a commit of its own
            return session.TryInsert(table, row);
        }
    }

    /// <summary>Hands the commit on; waits until the engine has taken it, not until it has answered, so that commits keep the order of the stream.</summary>
    private async ValueTask SubmitAsync(Session session)
    {
        var (first, refused) = (_first, _refused.ToList());
        _first = _read;
        _refused.Clear();
        if (session.PendingRows == 0)
        {
            Take(refused, first);
            return;
        }

        if (_inFlight.Count >= MaxInFlight)
            await TakeAnswerAsync().ConfigureAwait(false);
        await session.SubmitAsync(Durability.Visible, onReject, out var answer).ConfigureAwait(false);
        _inFlight.Enqueue(new InFlight(answer.AsTask(), first, _read - 1, refused));
    }

    private async ValueTask TakeAnswerAsync()
    {
        var oldest = _inFlight.Dequeue();
        try
        {
            var receipt = await oldest.Answer.ConfigureAwait(false);
            _lsn = receipt.Lsn;
            _rows += receipt.Rows;
            _commits++;
            Take(TypedCommit<T>.Merge(oldest.Refused, receipt.Rejected), oldest.First);
        }
        catch (HeliosException error)
        {
            _failure ??= Explain(error, oldest.First, oldest.Last);
        }
    }

    private void Take(IReadOnlyList<RowRejection> rejected, long first)
    {
        _rejectedCount += rejected.Count;
        foreach (var rejection in rejected)
        {
            if (_rejected.Count < MaxRejectionsKept && first + rejection.Row <= int.MaxValue)
                _rejected.Add(rejection with { Row = (int)(first + rejection.Row) });
        }
    }

    private HeliosException Explain(HeliosException error, long first, long last) =>
        new(error.Kind, error.Code, $"Rows {first} to {last} of the stream were not written: {error.Message} The {_rows} rows of {_commits} earlier commits are stored.", error)
        {
            Table = table.Name,
            Constraint = error.Constraint,
            Column = error.Column,
            Row = error.Row is { } row && first + row <= int.MaxValue ? (int)(first + row) : null,
            Lsn = error.Lsn,
        };

    /// <summary>A commit that has no answer yet.</summary>
    private readonly record struct InFlight(Task<CommitReceipt> Answer, long First, long Last, List<RowRejection> Refused);
}
