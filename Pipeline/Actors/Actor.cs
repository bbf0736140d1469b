using System.Diagnostics;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>A stage with its mailbox. Control interface, so that the supervisor needs no message type.</summary>
internal interface IActor
{
    string Name { get; }

    /// <summary>Ends when the mailbox is complete and empty and the stage has stopped; never faults.</summary>
    Task Completion { get; }

    void Start();

    /// <summary>Completes the mailbox.</summary>
    void Complete();
}

/// <summary>The only loop: takes everything that waits, hands it to the stage, measures it, and refuses the rest after a failure.</summary>
internal sealed class Actor<TMessage> : IActor
{
    /// <summary>Messages of one run at most: enough to amortise a wake, few enough to keep a run's latency low.</summary>
    private const int MaxRun = 1024;

    private readonly Mailbox<TMessage> _mailbox;
    private readonly IStage<TMessage> _stage;
    private readonly EngineFault _fault;
    private readonly PipelineMetrics _metrics;
    private readonly bool _ownThread;
    private readonly int _position;
    private readonly TMessage[] _run;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StageMeter _meter;
    private TimeSpan _waited; // by the stage, as of the last run

    /// <param name="position">Its place on the path, 0 first; see <see cref="EngineFault.RefusesAt"/>.</param>
    /// <param name="ownThread">True for stages that block in the system: two pool threads in blocking calls starve everything else on a small machine.</param>
    public Actor(string name, Mailbox<TMessage> mailbox, IStage<TMessage> stage, EngineFault fault, PipelineMetrics metrics, int position, bool ownThread)
    {
        Name = name;
        _mailbox = mailbox;
        _stage = stage;
        _fault = fault;
        _metrics = metrics;
        _position = position;
        _ownThread = ownThread;
        _run = new TMessage[Math.Min(MaxRun, mailbox.Capacity)];
        _meter = metrics.Stage(name, () => mailbox.Depth, mailbox.Capacity);
    }

    public string Name { get; }

    public Task Completion => _stopped.Task;

    public void Complete() => _mailbox.Complete();

    public void Start()
    {
        if (_ownThread)
            new Thread(RunOnOwnThread) { Name = $"helios {Name}", IsBackground = true }.Start();
        else
            ThreadPool.UnsafeQueueUserWorkItem(static self => _ = self.RunOnPoolAsync(), this, preferLocal: false);
    }

    private async Task RunOnPoolAsync()
    {
        // No token: a cancellable wait allocates per wake. Completing the mailbox is the stop signal.
        while (await _mailbox.WaitToReadAsync().ConfigureAwait(false))
        {
            _meter.Woken();
            int count;
            while ((count = Drain()) > 0)
            {
                var started = Stopwatch.GetTimestamp();
                try
                {
                    if (_fault.RefusesAt(_position))
                        Refuse(0, count);
                    else
                        await _stage.HandleAsync(_run.AsMemory(0, count)).ConfigureAwait(false);
                }
                catch (Exception error)
                {
                    Fail(error, count);
                }

                Handled(count, started);
            }
        }

        await StopStageAsync().ConfigureAwait(false);
    }

    private void RunOnOwnThread()
    {
        using var signal = new BlockingWait();
        while (signal.Wait(_mailbox.WaitToReadAsync()))
        {
            _meter.Woken();
            int count;
            while ((count = Drain()) > 0)
            {
                var started = Stopwatch.GetTimestamp();
                try
                {
                    if (_fault.RefusesAt(_position))
                        Refuse(0, count);
                    else
                        signal.Wait(_stage.HandleAsync(_run.AsMemory(0, count)));
                }
                catch (Exception error)
                {
                    Fail(error, count);
                }

                Handled(count, started);
            }
        }

        signal.Wait(StopStageAsync());
    }

    private int Drain()
    {
        var count = 0;
        while (count < _run.Length && _mailbox.TryRead(out var message))
            _run[count++] = message;
        return count;
    }

    private void Handled(int count, long started)
    {
        var waited = _stage.Waited;
        _meter.RunHandled(count, Stopwatch.GetElapsedTime(started), waited - _waited);
        _waited = waited;
        Array.Clear(_run, 0, count); // an idle actor must not keep finished commits alive
    }

    private void Fail(Exception error, int count)
    {
        _fault.Record(error, _position);
        Refuse(_stage.Settled, count);
    }

    private void Refuse(int from, int to)
    {
        // A stage that settles nothing by itself may be told to refuse what it has answered: a commit gives up its ticket with its first answer.
        for (var i = from; i < to; i++)
            _stage.Refuse(_run[i], _fault.First!);
    }

    private async ValueTask StopStageAsync()
    {
        try
        {
            await _stage.StopAsync(_fault.First).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            _fault.Record(error, _position);
        }
        finally
        {
            _metrics.Remove(Name);
            _stopped.SetResult();
        }
    }
}
