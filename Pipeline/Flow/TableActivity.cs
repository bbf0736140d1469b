namespace Helios.Pipeline;

/// <summary>Rows of a table that commits have written since the engine was opened. Track alone writes, once per group; any thread reads.</summary>
/// <remarks>What recovery applied again is counted too.</remarks>
internal sealed class TableActivity
{
    private long _inserted;
    private long _updated;
    private long _deleted;

    public long Inserted => Volatile.Read(ref _inserted);

    public long Updated => Volatile.Read(ref _updated);

    public long Deleted => Volatile.Read(ref _deleted);

    /// <summary>All of them. Never falls.</summary>
    public long Changes => Inserted + Updated + Deleted;

    public void Take(in TableChange change)
    {
        Volatile.Write(ref _inserted, _inserted + change.Inserted);
        Volatile.Write(ref _updated, _updated + change.Updated);
        Volatile.Write(ref _deleted, _deleted + change.Deleted);
    }
}
