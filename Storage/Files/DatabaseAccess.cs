namespace Helios.Pipeline.Storage;

/// <summary>Decides with what a database is opened: it is encrypted whole or not at all, and its identity says which.</summary>
internal static class DatabaseAccess
{
    /// <summary>The keys of a database, made where it is new; null where it is not encrypted.</summary>
    /// <param name="files">Where it lies.</param>
    /// <param name="directory">Its directory, locked.</param>
    /// <param name="identity">What it is, or is to be.</param>
    /// <param name="provider">What the application gave; null for none.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="HeliosException">
    /// Invalid <c>not_encrypted</c>: there is a provider, and the database is not encrypted. Everything else as <see cref="DatabaseKeys.Open"/> and
    /// <see cref="DatabaseKeys.Create"/>. Nothing was changed.
    /// </exception>
    public static DatabaseKeys? OpenKeys(IStorageFiles files, DatabaseDirectory directory, DatabaseIdentity identity, IKeyProvider? provider, TimeProvider time)
    {
        if (identity.IsEncrypted)
        {
            return directory.Identity is null
                ? DatabaseKeys.Create(files, directory.KeysPath, identity.Id, provider!, time)
                : DatabaseKeys.Open(files, directory.KeysPath, identity.Id, provider, time);
        }

        if (files.Exists(directory.KeysPath))
            throw KeyFileContent.Corrupt(directory.KeysPath, "it is there, and the identity says that the database is not encrypted");
        return provider is null ? null : throw NotEncrypted(directory.Path);
    }

    public static HeliosException CannotRotate(string path) => new(HeliosErrorKind.Invalid, "not_encrypted",
        $"The database in '{path}' is not encrypted: it has no key that could be rotated. Nothing was changed.");

    private static HeliosException NotEncrypted(string path) => new(HeliosErrorKind.Invalid, "not_encrypted",
        $"The database in '{path}' is not encrypted, and a key was given. Nothing was changed: open it without one, or copy its rows into a new database that is made with the key.");
}
