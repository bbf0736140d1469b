using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Log asks for the next segment ahead of need.</summary>
internal readonly record struct SegmentWanted;

/// <summary>Zero-fills and syncs the next log segment on a thread of its own, so that Log never waits for it in the common case.</summary>
internal sealed class SegmentStage(ILog log) : IStage<SegmentWanted>
{
    public ValueTask HandleAsync(ReadOnlyMemory<SegmentWanted> run)
    {
        try
        {
            if (log.NeedsSpare)
                log.PrepareSpare();
        }
        catch (HeliosException)
        {
            // Not an answer to anyone: Log makes the segment itself when it needs it, and whatever is wrong
            // (no space, a failed directory sync) is reported there, to the commits that it concerns.
        }

        return default;
    }

    public void Refuse(SegmentWanted message, Exception fault)
    {
    }
}
