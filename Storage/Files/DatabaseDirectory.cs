namespace Helios.Pipeline.Storage;

/// <summary>
/// The directory of a database, locked: <c>identity</c>, <c>lock</c>, <c>log/</c>, <c>store/</c>, <c>keys</c> where it is encrypted,
/// <c>unlogged</c> where it was opened without a log, and <c>indexes/</c> once an index snapshot was made. One process at a time;
/// the lock is the open handle, so a killed process leaves none behind.
/// </summary>
internal sealed class DatabaseDirectory : IDisposable
{
    private const string KeysName = "keys";

    private static readonly string[] s_leftovers =
        [KeysName, KeysName + AtomicFile.TemporarySuffix, UnloggedMarker.FileName, UnloggedMarker.FileName + AtomicFile.TemporarySuffix];

    private readonly IStorageFiles _files;
    private readonly IDisposable _lock;

    private DatabaseDirectory(IStorageFiles files, string path, IDisposable held, DatabaseIdentity? identity)
    {
        _files = files;
        _lock = held;
        Path = path;
        Identity = identity;
    }

    public string Path { get; }

    /// <summary>Null while the database is being created.</summary>
    public DatabaseIdentity? Identity { get; private set; }

    public string LogPath => System.IO.Path.Combine(Path, "log");

    public string StorePath => System.IO.Path.Combine(Path, "store");

    /// <summary>The key file; there exactly where the database is encrypted.</summary>
    public string KeysPath => System.IO.Path.Combine(Path, KeysName);

    /// <summary>The marker that the log is obsolete; see <see cref="UnloggedMarker"/>.</summary>
    public string UnloggedPath => System.IO.Path.Combine(Path, UnloggedMarker.FileName);

    /// <summary>Index snapshots; there once one was begun.</summary>
    public string IndexesPath => System.IO.Path.Combine(Path, IndexSnapshotFormat.DirectoryName);

    private string IdentityPath => System.IO.Path.Combine(Path, DatabaseIdentity.FileName);

    /// <summary>Locks the directory; where no database is there, clears what an interrupted creation left.</summary>
    /// <exception cref="HeliosException">
    /// Invalid <c>no_database</c>: none is there and <paramref name="create"/> is false, or the directory holds something else.
    /// Busy <c>busy</c>: another process has it. Unavailable <c>io_error</c>: the directory cannot be written. Corrupt: the identity is damaged.
    /// </exception>
    public static DatabaseDirectory Open(IStorageFiles files, string path, bool create)
    {
        path = System.IO.Path.GetFullPath(path);
        var identityPath = System.IO.Path.Combine(path, DatabaseIdentity.FileName);
        if (!create && !files.Exists(identityPath))
            throw NoDatabase(path);
        if (File.Exists(path))
            throw new HeliosException(HeliosErrorKind.Invalid, "not_a_directory", $"{path} is a file; a database is a directory. Nothing was changed: name a directory.");

        try
        {
            if (!Directory.Exists(path))
                Create(files, path);
            else if (!files.Exists(identityPath))
                RefuseStrangers(path); // before the lock: nothing may be left in a directory that is somebody else's
            var held = DirectoryLock.Acquire(path);
            try
            {
                return OpenLocked(files, path, identityPath, held);
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HeliosException(HeliosErrorKind.Unavailable, "io_error", $"{path}: the database cannot be opened for writing: {error.Message} Nothing was changed.", error);
        }
    }

    public static HeliosException NoDatabase(string path) =>
        new(HeliosErrorKind.Invalid, "no_database", $"no database at {path}");

    /// <summary>Makes the new database real: everything in it is durable by now, the identity comes last.</summary>
    /// <exception cref="HeliosException">Unavailable <c>disk_full</c> or <c>io_error</c>: the next open begins anew, or finds the database whole and empty.</exception>
    public void Finish(DatabaseIdentity identity)
    {
        try
        {
            AtomicFile.Replace(_files, IdentityPath, identity.Encode());
        }
        catch (IOException error)
        {
            throw StorageErrors.From(error, $"{Path}: the creation of the database could not be finished. It holds nothing yet; open it again.");
        }

        Identity = identity;
    }

    public void Dispose() => _lock.Dispose();

    private static DatabaseDirectory OpenLocked(IStorageFiles files, string path, string identityPath, IDisposable held)
    {
        if (files.Exists(identityPath))
        {
            // Its process may have been stopped between the rename and this sync: without the name the log counts as left over.
            files.SyncDirectory(path);
            using var file = files.Open(identityPath, writable: false);
            var bytes = new byte[DatabaseIdentity.Size + 1];
            var length = file.Read(bytes, 0);
            return new DatabaseDirectory(files, path, held, DatabaseIdentity.Decode(bytes.AsSpan(0, length), identityPath));
        }

        RefuseStrangers(path);
        foreach (var leftover in new[] { "log", "store" })
        {
            var directory = System.IO.Path.Combine(path, leftover);
            if (Directory.Exists(directory))
                Directory.Delete(directory, recursive: true);
        }

        // Nobody was ever told of anything that these stand for.
        foreach (var leftover in s_leftovers)
        {
            var file = System.IO.Path.Combine(path, leftover);
            if (files.Exists(file))
                files.Delete(file);
        }

        return new DatabaseDirectory(files, path, held, null);
    }

    /// <summary>Makes the directory, and those above it that are not there, with durable names: a power loss takes a directory with all that is in it.</summary>
    private static void Create(IStorageFiles files, string path)
    {
        var above = new List<string>();
        for (var at = path; !Directory.Exists(at) && System.IO.Path.GetDirectoryName(at) is { } parent; at = parent)
            above.Add(parent);
        files.CreateDirectory(path);
        foreach (var parent in above)
            files.SyncDirectory(parent);
    }

    /// <summary>Only what an interrupted creation leaves may stand where a database is to be.</summary>
    private static void RefuseStrangers(string path)
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries(path))
        {
            var name = System.IO.Path.GetFileName(entry);
            // A creation locks before it makes these: without a lock they are somebody else's file.
            var isLeftover = s_leftovers.Contains(name) && File.Exists(System.IO.Path.Combine(path, DirectoryLock.FileName));
            if (!isLeftover && name is not ("log" or "store" or DirectoryLock.FileName) && !name.StartsWith(DatabaseIdentity.FileName, StringComparison.Ordinal))
                throw new HeliosException(HeliosErrorKind.Invalid, "no_database", $"{path} is no database and not empty ({name}): it is left alone. Name another directory.");
        }
    }
}
