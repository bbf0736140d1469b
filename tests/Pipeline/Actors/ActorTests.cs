using System.Collections.Concurrent;

namespace Helios.Pipeline.Tests;

public sealed class ActorTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Messages_are_handled_in_order_and_the_rest_is_finished_when_the_mailbox_completes(bool ownThread)
    {
        using var metrics = new PipelineMetrics();
        var mailbox = new Mailbox<int>("tested", 64, ownThread);
        var stage = new RecordingStage();
        var actor = new Actor<int>("test", mailbox, stage, new EngineFault(), metrics, position: 0, ownThread);
        actor.Start();
        for (var i = 0; i < 10_000; i++)
            await mailbox.SendAsync(i);
        actor.Complete();
        await actor.Completion;
        Assert.Equal(Enumerable.Range(0, 10_000), stage.Handled);
        Assert.True(stage.Stopped);
        Assert.Null(stage.StoppedBy);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_a_stage_throws_the_run_and_everything_behind_it_is_refused(bool ownThread)
    {
        using var metrics = new PipelineMetrics();
        var fault = new EngineFault();
        var mailbox = new Mailbox<int>("tested", 64, ownThread);
        var stage = new RecordingStage { ThrowAt = 20 };
        for (var i = 0; i < 50; i++)
            Assert.True(mailbox.TrySend(i));
        var actor = new Actor<int>("test", mailbox, stage, fault, metrics, position: 0, ownThread);
        actor.Start();
        actor.Complete();
        await actor.Completion;
        Assert.Equal(50, stage.Refused.Distinct().Count() + stage.Handled.Except(stage.Refused).Count());
        Assert.Contains(49, stage.Refused);
        Assert.IsType<InvalidTimeZoneException>(fault.First);
        Assert.NotNull(stage.StoppedBy);
    }

    [Fact]
    public void A_failure_refuses_what_is_at_or_before_it_and_lets_the_rest_go_on()
    {
        var fault = new EngineFault();
        fault.Record(new InvalidTimeZoneException(), LogStage.Position);
        Assert.True(fault.RefusesAt(ConstrainStage.Position));
        Assert.True(fault.RefusesAt(LogStage.Position));
        Assert.False(fault.RefusesAt(CommitStage.Position));
        fault.Record(new NotSupportedException(), CommitStage.Position);
        Assert.True(fault.RefusesAt(CommitStage.Position));
        Assert.IsType<InvalidTimeZoneException>(fault.First);
    }

    [Fact]
    public async Task A_step_hands_on_in_order_whatever_its_workers_do_and_loses_no_message_when_one_throws()
    {
        var handed = new List<string>();
        var failed = new ConcurrentBag<string>();
        var step = new DataflowStep<string>(
            workers: 4,
            capacity: 8,
            message =>
            {
                if (message.EndsWith('7'))
                    throw new OperationCanceledException(message);
                Thread.SpinWait(message.GetHashCode() & 0x3fff);
            },
            message =>
            {
                handed.Add(message);
                return default;
            },
            (message, _) => failed.Add(message));
        var sent = Enumerable.Range(0, 500).Select(i => $"message {i}").ToArray();
        foreach (var message in sent)
            Assert.True(await step.SendAsync(message));
        step.Complete();
        await step.Completion;
        Assert.Equal(sent, handed);
        Assert.Equal(50, failed.Count);
        Assert.False(await step.SendAsync("late"));
    }

    private sealed class RecordingStage : IStage<int>
    {
        public List<int> Handled { get; } = [];

        public List<int> Refused { get; } = [];

        public int ThrowAt { get; init; } = -1;

        public bool Stopped { get; private set; }

        public Exception? StoppedBy { get; private set; }

        public ValueTask HandleAsync(ReadOnlyMemory<int> run)
        {
            foreach (var message in run.Span)
            {
                if (message == ThrowAt)
                    throw new InvalidTimeZoneException("planted");
                Handled.Add(message);
            }

            return default;
        }

        public void Refuse(int message, Exception fault) => Refused.Add(message);

        public ValueTask StopAsync(Exception? fault)
        {
            (Stopped, StoppedBy) = (true, fault);
            return default;
        }
    }
}
