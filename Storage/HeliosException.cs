namespace Helios.Pipeline.Storage;

/// <summary>The one exception of the engine for everything that is not misuse of the API.</summary>
/// <remarks>
/// <see cref="Kind"/> says what to do, <see cref="Code"/> says exactly what happened (docs/errors.md lists all codes).
/// The message names what, where, and what is still true.
/// </remarks>
public sealed class HeliosException : Exception
{
    /// <summary>Makes an exception of a kind and code.</summary>
    public HeliosException(HeliosErrorKind kind, string code, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Kind = kind;
        Code = code;
    }

    /// <summary>What the caller has to do.</summary>
    public HeliosErrorKind Kind { get; }

    /// <summary>What happened, one of the codes in docs/errors.md.</summary>
    public string Code { get; }

    /// <summary>The table concerned, or null.</summary>
    public string? Table { get; init; }

    /// <summary>The constraint that was broken, or null.</summary>
    public string? Constraint { get; init; }

    /// <summary>The column concerned, or null.</summary>
    public string? Column { get; init; }

    /// <summary>The row's place in the commit, from 0; null where no single row is concerned.</summary>
    public int? Row { get; init; }

    /// <summary>The commit concerned, or <see cref="Lsn.Zero"/>.</summary>
    public Lsn Lsn { get; init; }

    /// <summary>True where the same call may succeed later without any change: always with Busy and Conflict, and where the engine refuses for a while only.</summary>
    public bool IsTransient
    {
        get => field || Kind is HeliosErrorKind.Busy or HeliosErrorKind.Conflict;
        internal init;
    }
}
