namespace Helios.Pipeline.Crash.Tests;

/// <summary>Commands of the tool that work on what is there already.</summary>
internal enum FaultedCommand
{
    Backup,
    Restore,
    RotateKey,
}

/// <summary>A call of the system that fails under one of these commands.</summary>
/// <param name="Command">Which.</param>
/// <param name="Rule">The recorder's rule (see native/plshim.c); paths are those below a directory with db, backups, restored and sealed.</param>
internal sealed record CommandFault(FaultedCommand Command, string Rule)
{
    private const string Once = ":count=1";

    // Recovery of what a kill left and its flush, the links, the copies, the manifest, the removal of the links, the close.
    private static readonly string[] s_backup =
    [
        "write:ENOSPC:path=db/store/*.sst",
        "sync:EIO:path=db/log/*.wal" + Once,
        "write:EIO:path=db/store/MANIFEST*",
        "mkdir:ENOSPC:path=db/checkpoint*",
        "link:EIO:path=db/store/*.sst",
        "link:ENOTSUP:path=db/store/*.sst",
        "read:EIO:path=db/checkpoint/*.sst",
        "open:EMFILE:path=backups/files/copying.new",
        "write:ENOSPC:path=backups/files/copying.new",
        "write:SHORT:path=backups/files/copying.new" + Once,
        "sync:EIO:path=backups/files/copying.new" + Once,
        "rename:EIO:path=backups/files/copying.new" + Once,
        "dirsync:EIO:path=backups/files",
        "dirsync:EIO:path=backups:count=1",
        "dirsync:EIO:path=backups:from=2",
        "write:EIO:path=backups/*.manifest.new",
        "sync:EIO:path=backups/*.manifest.new",
        "rename:ENOSPC:path=backups/*.manifest.new",
        "read:EIO:path=backups/*.manifest",
        "unlink:EIO:path=db/checkpoint*",
    ];

    private static readonly string[] s_restore =
    [
        "read:EIO:path=backups/*.manifest",
        "read:EIO:path=backups/files/*:from=3",
        "mkdir:EIO:path=restored.restoring",
        "open:EMFILE:path=restored.restoring/lock",
        "open:EMFILE:path=restored.restoring/store/*",
        "write:EIO:path=restored.restoring/store/*.sst",
        "write:ENOSPC:path=restored.restoring/*",
        "write:SHORT:path=restored.restoring/store/*" + Once,
        "sync:EIO:path=restored.restoring/store/*" + Once,
        "dirsync:EIO:path=restored.restoring/store",
        "write:EIO:path=restored.restoring/log/*",
        "sync:EIO:path=restored.restoring/log/*",
        "dirsync:EIO:path=restored.restoring",
        "sync:EIO:path=restored.restoring/identity.new",
        "rename:EIO:path=restored.restoring/identity.new",
        "rename:EIO:path=restored.restoring",
        "dirsync:EIO:path=",
    ];

    // The first file is that with the data key of this open, the second that of the rotation; the directory is synced once more before them.
    private static readonly string[] s_rotateKey =
    [
        "read:EIO:path=sealed/keys",
        "open:EMFILE:path=sealed/keys.new",
        "write:ENOSPC:path=sealed/keys.new",
        "write:SHORT:path=sealed/keys.new" + Once,
        "sync:EIO:path=sealed/keys.new" + Once,
        "rename:EIO:path=sealed/keys.new" + Once,
        "dirsync:EIO:path=sealed" + Once,
        "open:EMFILE:path=sealed/keys.new:from=2",
        "write:EIO:path=sealed/keys.new:from=2",
        "write:ENOSPC:path=sealed/keys.new:from=2:count=1",
        "sync:EIO:path=sealed/keys.new:from=2",
        "rename:ENOSPC:path=sealed/keys.new:from=2",
        "dirsync:EIO:path=sealed:from=2:count=1",
        "dirsync:EIO:path=sealed:from=3",
    ];

    public static IReadOnlyList<CommandFault> All(FaultedCommand command) =>
        [.. from rule in command switch
            {
                FaultedCommand.Backup => s_backup,
                FaultedCommand.Restore => s_restore,
                _ => s_rotateKey,
            }
            select new CommandFault(command, rule)];

    public override string ToString() => $"{Command}: {Rule}";
}
