using System.Threading.Tasks.Dataflow;

namespace Helios.Pipeline;

/// <summary>A step of independent work before the order is fixed: workers in parallel, results handed on in the order of arrival.</summary>
/// <remarks>
/// The one place that knows TPL Dataflow's rules: always bounded, order written out, and delegates that never throw, since
/// a block loses a message whose delegate throws <see cref="OperationCanceledException"/> and drops its queue when it faults.
/// </remarks>
internal sealed class DataflowStep<TMessage>
    where TMessage : class
{
    private readonly TransformBlock<TMessage, TMessage> _work;
    private readonly ActionBlock<TMessage> _handOn;

    /// <param name="work">Done for each message on any worker.</param>
    /// <param name="next">Takes the results, one at a time, in order.</param>
    /// <param name="failed">Told when either throws; the message goes on to <paramref name="next"/> after a failure of <paramref name="work"/>.</param>
    public DataflowStep(int workers, int capacity, Action<TMessage> work, Func<TMessage, ValueTask> next, Action<TMessage, Exception> failed)
    {
        _work = new TransformBlock<TMessage, TMessage>(
            message =>
            {
                try
                {
                    work(message);
                }
                catch (Exception error)
                {
                    failed(message, error);
                }

                return message;
            },
            new ExecutionDataflowBlockOptions
            {
                MaxDegreeOfParallelism = workers,
                BoundedCapacity = capacity,
                EnsureOrdered = true,
                SingleProducerConstrained = false,
            });
        _handOn = new ActionBlock<TMessage>(
            async message =>
            {
                try
                {
                    await next(message).ConfigureAwait(false);
                }
                catch (Exception error)
                {
                    failed(message, error);
                }
            },
            new ExecutionDataflowBlockOptions
            {
                MaxDegreeOfParallelism = 1,
                BoundedCapacity = capacity,
                EnsureOrdered = true,
            });
        _work.LinkTo(_handOn, new DataflowLinkOptions { PropagateCompletion = true });
    }

    /// <summary>Messages inside, waiting or worked on.</summary>
    public int Depth => _work.InputCount + _work.OutputCount + _handOn.InputCount;

    /// <summary>The last block's completion: nothing is inside any more.</summary>
    public Task Completion => _handOn.Completion;

    /// <summary>Waits for room; false once the step is complete.</summary>
    public Task<bool> SendAsync(TMessage message) => _work.SendAsync(message);

    public bool TrySend(TMessage message) => _work.Post(message);

    public void Complete() => _work.Complete();
}
