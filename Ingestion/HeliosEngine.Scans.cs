using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <content>Scans, which may outlive the engine.</content>
public sealed partial class HeliosEngine
{
    /// <summary>Takes the next row of a scan.</summary>
    /// <exception cref="HeliosException">Closed: the engine was closed since the scan began. Corrupt: a stored row is damaged.</exception>
    internal bool MoveNext(StoreCursor rows)
    {
        try
        {
            return rows.MoveNext();
        }
        catch (ObjectDisposedException) when (State == EngineState.Closed)
        {
            throw Closed();
        }
    }

    /// <summary>What the expressions of one statement know besides their rows.</summary>
    internal EvaluationContext NewEvaluation() => new(_options.TimeProvider, Guid.NewGuid);

    /// <summary>Pins what is visible now, for several queries that are to see the same.</summary>
    /// <exception cref="HeliosException">Closed: the engine was closed.</exception>
    public ReadSnapshot OpenSnapshot() => new(this);

    internal HeliosException Closed() => new(HeliosErrorKind.Closed, "closed", $"The database in '{Path}' has been closed: open it again.");
}
