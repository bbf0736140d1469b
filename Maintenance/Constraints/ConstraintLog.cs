using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Maintenance;

/// <summary>What constraints that are added to tables with rows tell the log. Event ids 2500-2599.</summary>
internal static partial class ConstraintLog
{
    [LoggerMessage(2500, LogLevel.Information, "Constraint {Constraint} of table {Table} holds for new rows; those from before are looked at.")]
    public static partial void Began(ILogger logger, string constraint, string table);

    [LoggerMessage(2501, LogLevel.Information, "Constraint {Constraint} of table {Table} is valid: {Rows} rows were looked at.")]
    public static partial void Valid(ILogger logger, string constraint, string table, long rows);

    [LoggerMessage(2502, LogLevel.Error, "Constraint {Constraint} of table {Table} is dropped: {Failing} rows do not meet it. The first: {First}")]
    public static partial void Dropped(ILogger logger, string constraint, string table, long failing, string first);

    [LoggerMessage(2503, LogLevel.Warning, "Looking at the rows for constraint {Constraint} of table {Table} has failed: it holds for new rows, and the rest is looked at when the engine resumes or is opened again.")]
    public static partial void Failed(ILogger logger, string constraint, string table, Exception error);
}
