using System.Runtime.InteropServices;
using RocksDbSharp;

namespace Helios.Pipeline.Storage;

/// <summary>Turns what RocksDB says into the engine's exception. Nothing of RocksDB's own errors leaves this folder.</summary>
internal static class StoreErrors
{
    /// <summary>Throws where a native call left an error behind, and frees it.</summary>
    /// <param name="error">The error text, or 0.</param>
    /// <param name="directory">Names the store.</param>
    /// <param name="doing">What was tried, as in "write to".</param>
    /// <exception cref="HeliosException">"corrupt", "busy", "disk_full", "io_error" or "store_failed".</exception>
    public static void Check(nint error, string directory, string doing)
    {
        if (error != 0)
            throw Take(error, directory, doing);
    }

    /// <summary>The store is not where it has to be.</summary>
    public static HeliosException Missing(string directory) => Corrupt($"There is no store in {directory}, but the database says that there is one.");

    public static HeliosException Corrupt(string message) => new(HeliosErrorKind.Corrupt, "corrupt", message);

    /// <summary>Checks length and leading format byte of a stored value.</summary>
    public static void CheckFormat(string what, ReadOnlySpan<byte> value, byte format, int size)
    {
        if (!value.IsEmpty && value[0] > format)
            throw new HeliosException(HeliosErrorKind.Unavailable, "format_too_new", $"The store's {what} has format {value[0]}; this version reads up to {format}.");
        if (value.Length != size || value[0] != format)
            throw Corrupt($"The store's {what} is damaged: {value.Length} bytes where format {format} has {size}.");
    }

    private static HeliosException Take(nint error, string directory, string doing)
    {
        var text = Marshal.PtrToStringUTF8(error) ?? "no reason given";
        Native.Instance.rocksdb_free(error);
        var (kind, code) = Classify(text);
        return new HeliosException(kind, code, $"Cannot {doing} the store in {directory}: {text}");
    }

    // RocksDB's C interface gives the text only. It begins with the kind of its status.
    private static (HeliosErrorKind Kind, string Code) Classify(string text)
    {
        if (text.StartsWith("Corruption", StringComparison.Ordinal))
            return (HeliosErrorKind.Corrupt, "corrupt");
        if (text.Contains("No space left", StringComparison.Ordinal) || text.Contains("Space limit reached", StringComparison.Ordinal))
            return (HeliosErrorKind.Unavailable, "disk_full");
        if (!text.StartsWith("IO error", StringComparison.Ordinal))
            return (HeliosErrorKind.Unavailable, "store_failed");

        // The directory is another engine's. Its name is in the text too: only the beginning says what happened.
        if (text.StartsWith("IO error: While lock file", StringComparison.Ordinal) || text.StartsWith("IO error: lock hold by current process", StringComparison.Ordinal))
            return (HeliosErrorKind.Busy, "busy");

        // RocksDB reads only files that its manifest names: one that is gone is damage. Where a new one cannot be made, the directory is gone, as with a disk that was taken away.
        return text.Contains("No such file", StringComparison.Ordinal) && !text.Contains("for appending", StringComparison.Ordinal)
            ? (HeliosErrorKind.Corrupt, "corrupt")
            : (HeliosErrorKind.Unavailable, "io_error");
    }
}
