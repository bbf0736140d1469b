using Helios.Pipeline.Maintenance;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A constraint that was added to a table with rows: it holds for every row written since, and those from before are looked at in the background. Thread-safe.</summary>
public sealed class PendingConstraint
{
    private readonly ConstraintFill _fill;

    internal PendingConstraint(ConstraintFill fill, string table, Task<ConstraintOutcome> completion)
    {
        _fill = fill;
        Table = table;
        Completion = completion;
    }

    /// <summary>The table.</summary>
    public string Table { get; }

    /// <summary>The constraint.</summary>
    public string Name => _fill.Constraint;

    /// <summary>Rows that have been looked at so far.</summary>
    public long RowsRead => _fill.Rows;

    /// <summary>Ends when every row has been looked at.</summary>
    /// <remarks>
    /// Faulted with a <see cref="HeliosException"/> where the engine has failed meanwhile, cancelled where it was closed: the constraint is still pending then, and the rows are looked at
    /// again when the engine resumes or the database is opened; see <see cref="HeliosEngine.PendingConstraints"/>.
    /// </remarks>
    public Task<ConstraintOutcome> Completion { get; }
}

/// <summary>What became of a constraint that was added to a table with rows.</summary>
/// <param name="IsValid">Does it hold for every row? Then it is like any other constraint of the table; else it has been dropped.</param>
/// <param name="FailingRows">Rows that do not meet it, up to 10,000: nobody looks for more. Of rows that share a value, all but one. Zero with a constraint that is not valid: somebody dropped it meanwhile.</param>
/// <param name="Failing">The first 100 of them.</param>
public sealed record ConstraintOutcome(bool IsValid, long FailingRows, IReadOnlyList<FailingRow> Failing);

/// <summary>A row that does not meet a constraint.</summary>
/// <param name="Id">Its row id.</param>
/// <param name="Row">Its values; null where it has gone meanwhile.</param>
/// <param name="Reason">Why not.</param>
public sealed record FailingRow(RowId Id, Row? Row, string Reason);
