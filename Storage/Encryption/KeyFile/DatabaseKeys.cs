using System.Security.Cryptography;

namespace Helios.Pipeline.Storage;

/// <summary>The keys of an open, encrypted database: reads the key file, makes data keys, and gives out the ciphers that use them.</summary>
/// <remarks>
/// <para>
/// Every open that writes encrypts with a data key of its own, made at first use and durable before it: the counters that
/// nonces are made of begin at 1 under a key that no other process, restored backup or copied directory has. So no pair of key and
/// nonce repeats, whatever became of the last process's writes.
/// </para>
/// <para>
/// Thread-safe, except that each of <see cref="Frames"/>, <see cref="Rows"/> and <see cref="Meta"/> encrypts on one thread at a time. Dispose
/// of it after the writers have stopped; a reader that is decrypting finishes.
/// </para>
/// <para>Data keys are never taken out of the file: files of the store that a compaction has not rewritten still name them.</para>
/// </remarks>
internal sealed class DatabaseKeys : IDisposable
{
    private readonly Lock _gate = new();
    private readonly IStorageFiles _files;
    private readonly TimeProvider _time;
    private KeyFileContent _content;
    private KekSecrets _kek;
    private DataKey[] _keys;
    private DataKey? _current;      // made by this open, or its last rotation; null until the first write
    private HeliosException? _fence; // why no key can be made any more
    private bool _disposed;

    private DatabaseKeys(IStorageFiles files, string path, TimeProvider time, KeyFileContent content, KekSecrets kek)
    {
        _files = files;
        _time = time;
        _content = content;
        _kek = kek;
        _keys = [.. content.Records.Select(record => new DataKey(this, record.Id, record.Purpose))];
        Path = path;
        Frames = new FrameCipher(this);
        Rows = new ValueCipher(this, NonceDomain.Row);
        Meta = new ValueCipher(this, NonceDomain.Meta);
        Indexes = new ValueCipher(this, NonceDomain.Index);
        IndexHash = OpenIndexHash();
    }

    public string Path { get; }

    public Guid DatabaseId => _content.DatabaseId;

    /// <summary>The key-encryption key that the file is wrapped under.</summary>
    public KekId Kek => _kek.Id;

    /// <summary>What may be told of the keys: all of one moment.</summary>
    public (KekId Kek, PasswordDerivation? Derivation, int DataKeys, uint? Current) Describe()
    {
        lock (_gate)
            return (_kek.Id, _content.Derivation, _content.Records.Count(record => record.Purpose == KeyPurpose.Data), _current?.Id);
    }

    /// <summary>For frames of the log; the Log stage encrypts.</summary>
    public FrameCipher Frames { get; }

    /// <summary>For values of rows; the Commit stage encrypts.</summary>
    public ValueCipher Rows { get; }

    /// <summary>For every other value of the store; the Commit stage encrypts.</summary>
    public ValueCipher Meta { get; }

    /// <summary>For blocks of index snapshots; the task that makes them encrypts.</summary>
    public ValueCipher Indexes { get; }

    /// <summary>Hashes of index keys; the same for the life of the database.</summary>
    public KeyedHash IndexHash { get; }

    /// <summary>Ids of all keys, ascending.</summary>
    internal IReadOnlyList<KeyRecord> Records => _content.Records;

    /// <summary>Makes the key file of a new database; durable when it returns.</summary>
    /// <param name="path">Where the file will be; no file is there.</param>
    /// <exception cref="HeliosException">
    /// Unavailable: <c>key_unavailable</c> or <c>key_mismatch</c>, nothing was written; <c>disk_full</c> or <c>io_error</c>.
    /// </exception>
    public static DatabaseKeys Create(IStorageFiles files, string path, Guid databaseId, IKeyProvider provider, TimeProvider time)
    {
        if (files.Exists(path))
            throw new HeliosException(HeliosErrorKind.Internal, "internal", $"{path}: a key file is there already; it was left alone.");
        var kek = KekSecrets.Current(provider, databaseId, path);
        try
        {
            var content = new KeyFileContent(databaseId, kek.Id, kek.Derivation, [NewKey(kek, 1, KeyPurpose.IndexHash, time)]);
            Write(files, path, content.Encode(kek));
            return new DatabaseKeys(files, path, time, content, kek);
        }
        catch
        {
            kek.Dispose();
            throw;
        }
    }

    /// <summary>Reads and verifies the key file; writes nothing.</summary>
    /// <param name="provider">Null where the application gave none: refused, with the id of the key that is needed.</param>
    /// <exception cref="HeliosException">
    /// Corrupt: <c>corrupt</c>, also where the file is missing. Unavailable: <c>format_too_new</c>; <c>key_unavailable</c>, there is no
    /// provider, or it failed; <c>key_mismatch</c>, it has other keys, or the file does not verify under the one it gives; <c>io_error</c>.
    /// </exception>
    public static DatabaseKeys Open(IStorageFiles files, string path, Guid databaseId, IKeyProvider? provider, TimeProvider time)
    {
        var bytes = Read(files, path);
        var content = KeyFileContent.Decode(bytes, path);
        if (content.DatabaseId != databaseId)
            throw KeyFileContent.Corrupt(path, $"it belongs to database {content.DatabaseId}, this is {databaseId}");
        var kek = KekSecrets.Find(provider, content.Kek, content.Derivation, databaseId, path);
        try
        {
            if (!kek.IsSealOf(bytes))
                throw KekSecrets.Mismatch(path, $"the key file does not verify under key {kek.Id}: somebody has changed it");
            return new DatabaseKeys(files, path, time, content, kek);
        }
        catch
        {
            kek.Dispose();
            throw;
        }
    }

    /// <summary>Makes this open's data key now, so that the first write need not wait for the disk. Optional.</summary>
    /// <exception cref="HeliosException">As <see cref="KeyAfter"/>.</exception>
    public void PrepareToWrite() => KeyAfter(null);

    /// <summary>
    /// Wraps all keys anew under the provider's current key, adds a data key that only that one opens, and replaces the file in one step: a process that is
    /// killed leaves the old file or the new one. So until this has returned, whoever opens the database needs a provider with both keys.
    /// </summary>
    /// <remarks>
    /// What is encrypted from then on is under the new data key, which the old key-encryption key with any older key file does not open. What was encrypted
    /// before stays as it is, under data keys that they do open. The key for hashes never changes. Nothing has changed when it throws, unless the directory's sync failed.
    /// </remarks>
    /// <exception cref="HeliosException">Unavailable: <c>key_unavailable</c>, <c>key_mismatch</c>, <c>disk_full</c>, <c>io_error</c>.</exception>
    public void Rotate(IKeyProvider provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ThrowIfFenced();
            // Who has not written yet makes its data key at its first use, under the new key anyway.
            if (_current is not null)
                ThrowIfFull();
            var kek = KekSecrets.Current(provider, DatabaseId, Path);
            try
            {
                KeyRecord[] records = [.. _content.Records.Select(record => WrapAnew(record, kek))];
                if (_current is not null)
                    records = [.. records, NewKey(kek, NextId, KeyPurpose.Data, _time)];
                Replace(_content with { Kek = kek.Id, Derivation = kek.Derivation, Records = records }, kek);
            }
            catch
            {
                kek.Dispose();
                throw;
            }

            _kek.Dispose();
            _kek = kek;
            if (_current is not null)
                Use(_content.Records[^1]);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            _kek.Dispose();
        }

        foreach (var key in _keys)
            key.Dispose();
        Frames.Dispose();
        Rows.Dispose();
        Meta.Dispose();
        Indexes.Dispose();
        IndexHash.Dispose();
    }

    /// <summary>The data key to encrypt with after <paramref name="used"/> is exhausted, or for the first time; durable when it returns.</summary>
    /// <remarks>A domain that asks second gets the key that the first one made: their nonces differ.</remarks>
    /// <exception cref="HeliosException">
    /// Unavailable: <c>disk_full</c>, which may be tried again; <c>io_error</c>, and from then on always: a sync that failed is not tried again. Reading goes on.
    /// </exception>
    internal DataKey KeyAfter(DataKey? used)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_current is null || _current == used)
            {
                ThrowIfFenced();
                ThrowIfFull();
                var record = NewKey(_kek, NextId, KeyPurpose.Data, _time);
                Replace(_content with { Records = [.. _content.Records, record] }, _kek);
                Use(record);
            }

            return _current!;
        }
    }

    /// <summary>Is this still the data key to encrypt with? Asked before each encryption, from any thread: a rotation takes effect at the next one.</summary>
    internal bool IsCurrent(DataKey? key) => key == Volatile.Read(ref _current);

    /// <summary>The data key with an id; null where the file has none, or where it is no data key.</summary>
    internal DataKey? Find(uint id)
    {
        var keys = Volatile.Read(ref _keys);
        var key = id - 1 < keys.Length ? keys[id - 1] : null; // its place as long as no id is missing
        for (var i = 0; key?.Id != id && i < keys.Length; i++)
            key = keys[i];
        return key?.Id == id && key.Purpose == KeyPurpose.Data ? key : null;
    }

    /// <summary>A new cipher object for a key: it is not thread-safe, and the caller disposes of it.</summary>
    internal GcmContext OpenContext(DataKey key)
    {
        Span<byte> bytes = stackalloc byte[KeyRecord.KeySize];
        try
        {
            Unwrap(key.Id, bytes);
            return GcmContext.Create(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private uint NextId => checked(_content.Records[^1].Id + 1);

    /// <summary>Encrypts with a key from now on; it is in the file.</summary>
    private void Use(KeyRecord record)
    {
        var key = new DataKey(this, record.Id, record.Purpose);
        Volatile.Write(ref _keys, [.. _keys, key]); // first: who reads what it encrypts must find it
        Volatile.Write(ref _current, key);
    }

    private KeyedHash OpenIndexHash()
    {
        var record = _content.Records.FirstOrDefault(record => record.Purpose == KeyPurpose.IndexHash) ?? throw KeyFileContent.Corrupt(Path, "the key for hashes is missing");
        using var bytes = new SecretBytes(KeyRecord.KeySize);
        Unwrap(record.Id, bytes.Span);
        return new KeyedHash(bytes.Span);
    }

    private void Unwrap(uint id, Span<byte> bytes)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var record = _content.Records.First(record => record.Id == id);
            if (!_kek.TryUnwrap(record, bytes))
                throw KeyFileContent.Corrupt(Path, $"key {id} does not verify");
        }
    }

    private KeyRecord WrapAnew(KeyRecord record, KekSecrets kek)
    {
        Span<byte> bytes = stackalloc byte[KeyRecord.KeySize];
        try
        {
            if (!_kek.TryUnwrap(record, bytes))
                throw KeyFileContent.Corrupt(Path, $"key {record.Id} does not verify");
            return kek.Wrap(record.Id, record.Purpose, record.Made, bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static KeyRecord NewKey(KekSecrets kek, uint id, KeyPurpose purpose, TimeProvider time)
    {
        Span<byte> bytes = stackalloc byte[KeyRecord.KeySize];
        try
        {
            RandomNumberGenerator.Fill(bytes);
            return kek.Wrap(id, purpose, time.GetUtcNow().UtcTicks, bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private void Replace(KeyFileContent content, KekSecrets kek)
    {
        try
        {
            Write(_files, Path, content.Encode(kek));
        }
        catch (HeliosException error)
        {
            // What a full disk kept from being written is written anew when there is room. Else it is not known which of the two files a power loss would
            // leave, and this open makes no further one.
            if (error.Code != "disk_full" || !HasOldFile())
                _fence = error;
            throw;
        }

        _content = content;
    }

    /// <summary>Does the file that is known stand in its place, so that a failure came before it was replaced?</summary>
    private bool HasOldFile()
    {
        try
        {
            return Read(_files, Path).AsSpan().SequenceEqual(_content.Encode(_kek));
        }
        catch (HeliosException)
        {
            return false; // not known
        }
    }

    private void ThrowIfFenced()
    {
        if (_fence is { } cause)
            throw new HeliosException(cause.Kind, cause.Code, $"{Path}: the key file could not be written before, and is not tried again: mend the disk and open again. {cause.Message}", cause);
    }

    private void ThrowIfFull()
    {
        if (_content.Records.Count == KeyFileContent.MaxRecords)
            throw new HeliosException(HeliosErrorKind.Unavailable, "key_unavailable", $"{Path}: the key file has its {KeyFileContent.MaxRecords} keys, so nothing more can be encrypted. The database can be read: copy it into a new one.");
    }

    private static void Write(IStorageFiles files, string path, byte[] bytes)
    {
        try
        {
            AtomicFile.Replace(files, path, bytes);
        }
        catch (IOException error)
        {
            throw StorageErrors.From(error, error is UnsyncedNameException
                ? $"{path}: the key file has been replaced, but its name could not be made durable: it is the new one that counts, unless a power loss brings the old one back. After a rotation keep both keys. What was acknowledged holds."
                : $"{path}: the key file could not be replaced. What was acknowledged holds.");
        }
    }

    private static byte[] Read(IStorageFiles files, string path)
    {
        if (!files.Exists(path))
            throw KeyFileContent.Corrupt(path, "it is missing");
        try
        {
            using var file = files.Open(path, writable: false);
            const int most = KeyFileContent.HeaderSize + (KeyFileContent.MaxRecords * KeyRecord.Size) + KeyFileContent.MacSize;
            var bytes = new byte[Math.Min(file.Length, most + 1)];
            return bytes.AsSpan(0, file.Read(bytes, 0)).ToArray();
        }
        catch (IOException error)
        {
            throw StorageErrors.From(error, $"{path}: the key file cannot be read. Nothing was changed.");
        }
    }
}
