using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>What is wrong with an input as a whole; a single bad record is a <see cref="RecordFault"/> instead.</summary>
internal static class SourceErrors
{
    public static HeliosException NotFound(string name, Exception? cause = null) =>
        Invalid("source_not_found", $"{name}: there is no such file.", cause);

    public static HeliosException IsDirectory(string name) =>
        Invalid("source_is_directory", $"{name}: this is a directory; name a file, or - for standard input.");

    public static HeliosException NotReadable(string name, Exception cause) =>
        Invalid("source_not_readable", $"{name}: the file cannot be opened: {cause.Message}", cause);

    public static HeliosException ReadFailed(string name, long offset, Exception cause) =>
        new(HeliosErrorKind.Unavailable, "source_read_failed", $"{name}: reading failed at byte {offset}: {cause.Message} Records before it are not affected.", cause);

    public static HeliosException UnsupportedEncoding(string name) =>
        Invalid("unsupported_encoding", $"{name}: this looks like UTF-16 or UTF-32; nothing was stored. Convert it to UTF-8 first, for example with iconv -t UTF-8.");

    public static HeliosException Mismatch(string name, long offset) =>
        Invalid("source_mismatch", $"{name}: the first {offset} bytes are not those read before, and this input cannot be read again from its start. Nothing was stored: give it as a file, or send the same bytes.");

    public static HeliosException Header(string name, string code, string what, string? column = null) =>
        new(HeliosErrorKind.Invalid, code, $"{name}: header: {what} Nothing was stored: correct the header, or say how it is to be read.") { Column = column };

    private static HeliosException Invalid(string code, string message, Exception? cause = null) =>
        new(HeliosErrorKind.Invalid, code, message, cause);
}
