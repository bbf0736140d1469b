namespace Helios.Pipeline.Crash.Tests;

/// <summary>Defects that a crash loop must notice, or it proves nothing.</summary>
internal enum LoopBug
{
    None,

    /// <summary>A commit is acknowledged before it is submitted.</summary>
    AnswerBeforeCommit,

    /// <summary>After a kill the newest segment of the log that holds a frame is gone.</summary>
    LostSegment,

    /// <summary>Without a log, what was answered is told to be flushed.</summary>
    FlushToldEarly,

    /// <summary>The row count of a table is one too high.</summary>
    WrongCount,

    /// <summary>A row goes that nobody deleted.</summary>
    LostRow,

    /// <summary>An index has a key that no row has.</summary>
    WrongEntry,

    /// <summary>The text of a row lies readable in a file beside the database's own.</summary>
    ReadableText,

    /// <summary>An added constraint is gone.</summary>
    ForgottenConstraint,

    /// <summary>The index of an added unique constraint misses a row.</summary>
    LostFilledEntry,
}
