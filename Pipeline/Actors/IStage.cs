namespace Helios.Pipeline;

/// <summary>One step of the write path. An actor calls it, never two calls at once.</summary>
internal interface IStage<TMessage>
{
    /// <summary>Handles everything that was waiting, oldest first; a run is never empty.</summary>
    /// <remarks>
    /// Throwing faults the engine: a stage that must refuse one commit answers it and returns.
    /// The memory belongs to the actor and is reused; keep messages, never the run.
    /// </remarks>
    ValueTask HandleAsync(ReadOnlyMemory<TMessage> run);

    /// <summary>
    /// Answers messages that nobody will handle any more, because this stage or one behind it has failed.
    /// Called instead of <see cref="HandleAsync"/> from then on; must not throw.
    /// </summary>
    void Refuse(TMessage message, Exception fault);

    /// <summary>After <see cref="HandleAsync"/> has thrown: how many messages of the run, the oldest, the stage has answered or handed on. They are not refused, for they may belong to others by now.</summary>
    int Settled => 0;

    /// <summary>How long <see cref="HandleAsync"/> has waited for others since the begin: for room in the next mailbox, or for what must come first.</summary>
    TimeSpan Waited => TimeSpan.Zero;

    /// <summary>Called once, last: releases what the stage owns. <paramref name="fault"/> is null after a clean drain.</summary>
    ValueTask StopAsync(Exception? fault) => default;
}
