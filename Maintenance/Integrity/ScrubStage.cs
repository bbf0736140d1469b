using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>When the store is scrubbed.</summary>
/// <param name="Interval">Between the end of a pass, or the open, and the next pass.</param>
/// <param name="BytesPerSecond">Bytes that it reads a second.</param>
/// <param name="MaxCpu">Share of the processors in use above which it waits.</param>
/// <param name="MaxWait">How long it waits at most.</param>
internal sealed record ScrubRules(TimeSpan Interval, long BytesPerSecond, double MaxCpu, TimeSpan MaxWait);

/// <summary>
/// Reads everything in the store slowly, a piece each second, so that damage of the disk is known while there is still a backup without it. Writes nothing; what it finds it tells the log, the counters
/// and whoever asked, and goes on: what is damaged neither stops the engine nor the pass.
/// </summary>
/// <remarks>Keeps its place in memory: a stop and a start go on there, an open begins anew. Pins nothing between two pieces.</remarks>
internal sealed class ScrubStage(RecoveredPath engine, ScrubRules rules, MaintenanceBudget budget, TimeProvider time, ILogger logger)
    : BackgroundStage("scrub", s_interval, time, logger, budget, engine.Parts.Options.Metrics)
{
    /// <summary>Bytes read in one go: milliseconds.</summary>
    private const int PieceBytes = 1 << 20;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger = logger;
    private ScrubPass? _pass; // that the background is at
    private long _restedSince = time.GetTimestamp();
    private long _waitingSince;
    private long _passes;
    private long _rows;
    private long _bytes;
    private long _problems;

    /// <summary>Passes that have come to their end.</summary>
    public long Passes => Interlocked.Read(ref _passes);

    /// <summary>Versions of rows read so far.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>Bytes read so far.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Problems met so far; of two passes over one damage two.</summary>
    public long Problems => Interlocked.Read(ref _problems);

    /// <summary>Reads everything now, from the beginning, as fast as it can. Any number at once.</summary>
    /// <param name="progress">Told after each piece; null for nobody.</param>
    /// <param name="cancellationToken">Stops between two pieces.</param>
    public async Task<ScrubFindings> PassAsync(Action<ScrubFindings>? progress, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // it takes long: not on the caller's thread
        using var pass = NewPass();
        while (Read(pass, cancellationToken, out _))
            progress?.Invoke(pass.Findings);
        progress?.Invoke(pass.Findings);
        return pass.Findings;
    }

    protected override async Task RunAsync(bool isForced, CancellationToken cancellationToken)
    {
        if (isForced)
        {
            EndPass();
            await PassAsync(progress: null, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (_pass is null && Time.GetElapsedTime(_restedSince) < rules.Interval)
            return;
        if (_pass is null)
            (_pass, _waitingSince) = (NewPass(), Time.GetTimestamp()); // while it rested it did not wait
        if (MustWait())
            return;
        for (var left = rules.BytesPerSecond; left > 0;)
        {
            if (!Read(_pass, cancellationToken, out var bytes))
            {
                EndPass();
                return;
            }

            left -= bytes;
            await PaceAsync(bytes, cancellationToken).ConfigureAwait(false); // an iterator that nobody uses is dropped
        }
    }

    protected override void OnStopped() => _pass?.Walk.Rest();

    private bool MustWait()
    {
        var isBusy = SampleCpu() is not { } share || share > rules.MaxCpu;
        if (isBusy && Time.GetElapsedTime(_waitingSince) < rules.MaxWait)
        {
            Skip();
            return true;
        }

        _waitingSince = Time.GetTimestamp();
        return false;
    }

    /// <summary>Reads a piece; false at the end.</summary>
    private bool Read(ScrubPass pass, CancellationToken cancellationToken, out long bytes)
    {
        var (rows, before, problems) = (pass.Findings.Rows, pass.Findings.Bytes, pass.Findings.Problems);
        bool isMore;
        try
        {
            isMore = pass.Walk.Step(Math.Min(PieceBytes, rules.BytesPerSecond), cancellationToken);
        }
        finally
        {
            bytes = pass.Findings.Bytes - before;
            Interlocked.Add(ref _rows, pass.Findings.Rows - rows);
            Interlocked.Add(ref _bytes, bytes);
            Interlocked.Add(ref _problems, pass.Findings.Problems - problems);
            engine.Parts.Options.Metrics.Scrubbed(bytes, pass.Findings.Problems - problems);
        }

        if (isMore)
            return true;
        Interlocked.Increment(ref _passes);
        Volatile.Write(ref _restedSince, Time.GetTimestamp());
        ScrubLog.Ended(_logger, pass.Findings.Rows, pass.Findings.Keys, pass.Findings.Bytes, pass.Findings.Problems);
        return false;
    }

    private ScrubPass NewPass() => new(engine, problem => ScrubLog.Found(_logger, problem));

    private void EndPass()
    {
        _pass?.Dispose();
        _pass = null;
    }

    private sealed class ScrubPass : IDisposable
    {
        public ScrubPass(RecoveredPath engine, Action<string> found)
        {
            Findings = new ScrubFindings { Found = found };
            Walk = new ScrubWalk(engine.Parts.Store, Findings);
        }

        public ScrubFindings Findings { get; }

        public ScrubWalk Walk { get; }

        public void Dispose() => Walk.Dispose();
    }
}
