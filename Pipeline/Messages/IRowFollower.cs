using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Is told that the row of a commit has its place in the order: whoever changes it next can rest on that, before it can be read.</summary>
internal interface IRowFollower
{
    /// <summary>Called by Constrain, once, for a commit that was accepted; must not block nor throw.</summary>
    void Ordered(RowId row, Lsn lsn);
}
