namespace Helios.Pipeline;

/// <summary>Which blocks' summaries are made, besides those that have none.</summary>
/// <param name="Changes">So many changes since it was made, 1 or more: each may have left it wider than it need be.</param>
/// <param name="ChangedBefore">Or the first of its changes then or before, in seconds of <see cref="FilterRegistry.Now"/>; below zero for none.</param>
internal readonly record struct DueBlocks(uint Changes, long ChangedBefore = -1)
{
    public bool Has(in BlockStates.State state) => state.Changes >= Changes || (state.Changes > 0 && state.ChangedAt <= ChangedBefore);
}
