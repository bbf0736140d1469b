namespace Helios.Pipeline.Storage;

/// <summary>The one seam between the engine and the disk: everything but RocksDB's own files goes through here, so that tests can put faults here.</summary>
/// <remarks>Synchronous, thread-safe. Errors of the system arrive as <see cref="IOException"/> with its errno in <see cref="Exception.HResult"/>.</remarks>
internal interface IStorageFiles
{
    /// <summary>Creates a new file; fails where one is there. Its name is durable after <see cref="SyncDirectory"/> only.</summary>
    IStorageFile Create(string path);

    /// <summary>Opens a file that exists.</summary>
    IStorageFile Open(string path, bool writable);

    bool Exists(string path);

    /// <summary>Full paths of the files in a directory, in no order; empty where the directory is not there.</summary>
    IReadOnlyList<string> List(string directory);

    void CreateDirectory(string path);

    /// <summary>Replaces the target where one is there.</summary>
    void Rename(string source, string target);

    void Delete(string path);

    /// <summary>Makes the names in a directory durable. A failure must fence: it is never retried.</summary>
    void SyncDirectory(string directory);

    /// <summary>Bytes that this process may still write into the file system of a directory; of the nearest one above it where it is not there.</summary>
    /// <remarks>Files that are on no disk have no limit. A quota is told by its file system or not at all.</remarks>
    long FreeBytes(string directory) => long.MaxValue;
}

/// <summary>An open file. Reads and writes name their offset, so there is no position to share.</summary>
internal interface IStorageFile : IDisposable
{
    string Path { get; }

    long Length { get; }

    /// <summary>Writes all of it or throws.</summary>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Reads until the buffer is full or the file ends; returns how much.</summary>
    int Read(Span<byte> bytes, long offset);

    void SetLength(long length);

    /// <summary>Makes everything written so far durable (fdatasync), or throws. A failure must fence: it is never retried.</summary>
    void Sync();
}
