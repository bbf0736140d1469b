using System.Text.RegularExpressions;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Cli;

/// <summary>Turns what went wrong into one line and an exit code.</summary>
internal static partial class ErrorReport
{
    /// <summary>Writes <c>helios: what; what is still true; what to do</c>, and the stack only where <paramref name="debug"/> asks for it.</summary>
    public static int Write(Exception error, CommandIo io, bool debug)
    {
        if (IsGoneReader(error))
            return ExitCodes.Done;
        if (error is OperationCanceledException && io.Stop.ExitCode != 0)
        {
            io.Error.WriteLine("helios: stopped by a signal; what was acknowledged holds; run the same command again");
            return io.Stop.ExitCode;
        }

        io.Error.WriteLine("helios: " + Printable.Line(Line(error)));
        if (debug)
            io.Error.WriteLine(error.ToString());
        return Code(error);
    }

    /// <summary>Has the reader of standard output gone, as <c>head</c> goes after its lines?</summary>
    public static bool IsGoneReader(Exception error) =>
        // EPIPE; ERROR_BROKEN_PIPE and ERROR_NO_DATA on Windows
        error is IOException { HResult: 32 or unchecked((int)0x8007006D) or unchecked((int)0x800700E8) };

    private static int Code(Exception error) => error switch
    {
        UsageException or ArgumentException => ExitCodes.Wrong,
        HeliosException { Kind: HeliosErrorKind.Invalid } or HeliosException { Code: "format_too_new" } => ExitCodes.Wrong,
        HeliosException { Kind: HeliosErrorKind.Corrupt } => ExitCodes.Damaged,
        HeliosException { Kind: HeliosErrorKind.Busy } => ExitCodes.Locked,
        _ => ExitCodes.Stopped,
    };

    private static string Line(Exception error)
    {
        var what = Message(error).Trim().TrimEnd('.');
        var kind = (error as HeliosException)?.Kind;
        // Most messages say themselves what is still true.
        var stillTrue = what.Contains("othing was changed", StringComparison.Ordinal) || what.Contains("was acknowledged holds", StringComparison.Ordinal)
            ? ""
            : kind == HeliosErrorKind.Busy ? "; nothing was changed" : "; what was acknowledged holds";
        if ((error as HeliosException)?.Code == "format_too_new")
            return $"{what}{(stillTrue.Length > 0 ? "; nothing was changed" : "")}; use a newer helios";
        if ((error as HeliosException)?.Code == "backup_damaged")
            return $"{what}{(stillTrue.Length > 0 ? "; nothing was changed" : "")}; helios verify-backup names all that is damaged; use another backup (--id)";
        if ((error as HeliosException)?.Code == "key_unavailable" && what.Contains("no provider of keys was given", StringComparison.Ordinal))
            return $"{what}{stillTrue}; give its key: --encryption-key-file, --encryption-key-env, --encryption-password-file or --encryption-password-env";
        return kind switch
        {
            HeliosErrorKind.Corrupt => $"{what}{(stillTrue.Length > 0 ? "; nothing was changed" : "")}; helios verify names all that is damaged; restore a backup",
            HeliosErrorKind.Busy => $"{what}{stillTrue}{(what.Contains("try again", StringComparison.Ordinal) ? "" : "; try again when the other process has ended")}",
            HeliosErrorKind.Unavailable or HeliosErrorKind.Closed or HeliosErrorKind.Conflict => $"{what}{stillTrue}; mend the cause and run the same command again",
            HeliosErrorKind.Invalid => what,
            _ => error switch
            {
                UsageException or ArgumentException => what,
                IOException or UnauthorizedAccessException => $"{what}{stillTrue}; mend the cause and run the same command again",
                _ => $"{what}{stillTrue}; this is a defect of helios: run the command with --debug and report what it prints",
            },
        };
    }

    private static string Message(Exception error) => error switch
    {
        ArgumentException => ParameterName().Replace(error.Message, ""),
        HeliosException or UsageException or IOException or UnauthorizedAccessException => error.Message,
        _ => $"{error.GetType().Name}: {error.Message}",
    };

    [GeneratedRegex(@" \(Parameter '[^']*'\)")]
    private static partial Regex ParameterName();
}
