namespace Helios.Pipeline.Storage;

/// <summary>What the caller of a failed operation has to do.</summary>
public enum HeliosErrorKind
{
    /// <summary>Too much is in flight, or another process holds the database: try again later.</summary>
    Busy,

    /// <summary>The commit met another one: repeat it with fresh data.</summary>
    Conflict,

    /// <summary>The input breaks a rule of the schema or a limit: correct it.</summary>
    Invalid,

    /// <summary>The engine has been closed, or is fenced: open it again.</summary>
    Closed,

    /// <summary>Stored bytes are damaged or do not fit together: restore, or repair.</summary>
    Corrupt,

    /// <summary>The disk, the log or a key is not there: what was acknowledged holds; mend the cause and open again.</summary>
    Unavailable,

    /// <summary>A defect of the engine: report it.</summary>
    Internal,
}
