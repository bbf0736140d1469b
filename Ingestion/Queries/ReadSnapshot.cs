using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A moment of the database: every query that is given it sees exactly the commits up to <see cref="Lsn"/>. Any thread, several queries at once.</summary>
/// <remarks>Opening one costs next to nothing. As long as it is open, what it sees is kept: dispose it.</remarks>
public sealed class ReadSnapshot : IDisposable
{
    internal ReadSnapshot(HeliosEngine engine)
    {
        Engine = engine;
        View = engine.OpenView();
    }

    /// <summary>The last commit that it sees.</summary>
    public Lsn Lsn => View.Lsn;

    internal HeliosEngine Engine { get; }

    internal ReadView View { get; }

    internal bool IsDisposed { get; private set; }

    /// <summary>What it saw may go. Queries that are running with it end with <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        IsDisposed = true;
        View.Dispose();
    }
}
