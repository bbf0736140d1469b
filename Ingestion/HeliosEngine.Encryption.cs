using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

public sealed partial class HeliosEngine
{
    /// <summary>Is the database encrypted?</summary>
    public bool IsEncrypted => _keys is not null;

    internal DatabaseKeys? Keys => _keys;

    /// <summary>Puts the database under another key. Commits and reads go on meanwhile.</summary>
    /// <param name="provider">Its current key becomes the database's; not disposed of.</param>
    /// <param name="cancellationToken">Gives up before the key file is written; looked at once.</param>
    /// <remarks>
    /// The keys that the data is encrypted with are wrapped anew, and a new one is made that every commit which begins after this has returned is encrypted
    /// with: milliseconds, whatever the size; a password takes its derivation. The key file is replaced in one step, so that after a kill or a power loss at any
    /// moment the database opens with the old key or with the new one (<see cref="KeyProviders.Combine"/> gives both). What was written before stays as it is:
    /// whoever had the old key and a copy of the old key file can still read that, and nothing newer.
    /// </remarks>
    /// <exception cref="HeliosException">
    /// Invalid <c>not_encrypted</c>. Closed. Unavailable: <c>key_unavailable</c> or <c>key_mismatch</c>, the provider does not give the key; <c>disk_full</c>,
    /// nothing has changed; <c>io_error</c>, it is then not known which of the two keys a power loss would leave, and this engine makes no further key.
    /// </exception>
    public Task RotateKeyAsync(IKeyProvider provider, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(provider);
        ThrowIfClosed();
        if (_keys is null)
            throw DatabaseAccess.CannotRotate(Path);
        // A password takes a fifth of a second, the disk blocks: not a pool thread's work.
        return Task.Factory.StartNew(() => Rotate(_keys, provider), cancellationToken, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
    }

    private void Rotate(DatabaseKeys keys, IKeyProvider provider)
    {
        try
        {
            keys.Rotate(provider);
        }
        catch (ObjectDisposedException) when (State == EngineState.Closed)
        {
            ThrowIfClosed(); // it closed in between
        }
    }
}
