using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>What backup and restore say when they refuse.</summary>
internal static class BackupErrors
{
    public static HeliosException DamagedManifest(string path, string what) =>
        Damaged($"{path}: the manifest of the backup is damaged: {what}. Nothing was changed.");

    public static HeliosException Damaged(string message) => new(HeliosErrorKind.Corrupt, "backup_damaged", message);

    public static HeliosException None(string directory, long? id) =>
        new(HeliosErrorKind.Invalid, "no_backup", id is null ? $"no backup in {directory}" : $"no backup {id} in {directory}");

    public static HeliosException Stranger(string directory, string name) =>
        new(HeliosErrorKind.Invalid, "no_backup", $"{directory} holds something else than backups ({name}): it is left alone. Name another directory.");

    public static HeliosException OtherDatabase(string directory, Guid there, Guid here) =>
        new(HeliosErrorKind.Invalid, "backup_mismatch", $"{directory} holds backups of another database ({there}, this one is {here}). Nothing was changed: name another directory.");

    public static HeliosException NotEmpty(string target) =>
        new(HeliosErrorKind.Invalid, "not_empty", $"{target} is there and not empty; a database is restored into a new or empty directory only. Nothing was changed.");

    public static HeliosException NoLeftover(string directory, string name) =>
        new(HeliosErrorKind.Invalid, "not_empty", $"{directory} is in the way: it holds something that no interrupted restore leaves ({name}). Nothing was changed: move it away.");

    public static HeliosException Busy(string directory, Exception cause) =>
        new(HeliosErrorKind.Busy, "busy", $"Another backup or restore is working in {directory}. Nothing was changed; try again when it has ended.", cause);

    public static HeliosException NotFinished(IOException error, string directory) =>
        StorageErrors.From(error, error is UnsyncedNameException
            ? $"The backup into {directory} is whole and is listed, but its name could not be made durable: a power loss may take it. Earlier ones hold; make another one."
            : $"The backup into {directory} was not finished and does not count; earlier ones hold.");

    /// <param name="error">What failed.</param>
    /// <param name="target">Where.</param>
    /// <param name="isThere">Has the whole database got its name already?</param>
    public static HeliosException NotRestored(IOException error, string target, bool isThere) =>
        StorageErrors.From(error, isThere
            ? $"The database at {target} is restored and whole, but its name could not be made durable: a power loss may take it, and the restore would then be run again. The backup holds."
            : $"The restore to {target} was not finished: there is no database yet. The backup holds; run the restore again.");
}
