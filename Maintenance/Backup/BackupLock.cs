using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Maintenance;

/// <summary>Keeps a directory for one backup or restore.</summary>
internal static class BackupLock
{
    /// <exception cref="HeliosException">Busy <c>busy</c>: another one works there; Unavailable <c>io_error</c>.</exception>
    public static IDisposable Acquire(string directory)
    {
        try
        {
            return DirectoryLock.Acquire(directory);
        }
        catch (HeliosException error) when (error.Kind == HeliosErrorKind.Busy)
        {
            throw BackupErrors.Busy(directory, error);
        }
    }
}
