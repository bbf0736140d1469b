namespace Helios.Pipeline.Storage;

/// <summary>One key of an open database, with cipher objects for readers, so that a read neither locks nor unwraps.</summary>
/// <remarks>Thread-safe. The key itself is not kept: only cipher objects hold it, in native memory.</remarks>
internal sealed class DataKey : IDisposable
{
    private readonly IdleObjects<GcmContext> _contexts;

    public DataKey(DatabaseKeys owner, uint id, KeyPurpose purpose)
    {
        Id = id;
        Purpose = purpose;
        _contexts = new IdleObjects<GcmContext>(() => owner.OpenContext(this));
    }

    public uint Id { get; }

    public KeyPurpose Purpose { get; }

    /// <summary>A cipher object for the caller alone, until <see cref="Return"/>.</summary>
    public GcmContext Rent() => _contexts.Rent();

    public void Return(GcmContext context) => _contexts.Return(context);

    public void Dispose() => _contexts.Dispose();
}
