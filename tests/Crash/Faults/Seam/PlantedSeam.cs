using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>A defect of the engine, made at its files; this one is none.</summary>
internal class PlantedSeam
{
    public static PlantedSeam None { get; } = new();

    public virtual IStorageFiles Wrap(FaultyFiles files) => files;

    /// <summary>The level that the engine really works at.</summary>
    public virtual SafetyLevel Level(SafetyLevel level) => level;

    public virtual Task CheckpointAsync(HeliosEngine engine) => engine.CheckpointAsync();
}

/// <summary>Answers are given before the log is synced.</summary>
internal sealed class AnswersBeforeSync : PlantedSeam
{
    public override SafetyLevel Level(SafetyLevel level) => SafetyLevel.Async;
}

/// <summary>A checkpoint deletes log that the store does not have.</summary>
internal sealed class DeletesLogTooEarly : PlantedSeam
{
    public override Task CheckpointAsync(HeliosEngine engine)
    {
        engine.Parts.Log.TrimBelow(engine.Parts.Log.Next);
        return Task.CompletedTask;
    }
}

/// <summary>The error of a sync is swallowed.</summary>
internal sealed class SwallowsSyncErrors : PlantedSeam
{
    public override IStorageFiles Wrap(FaultyFiles files) => new SyncsOtherwise(files, static (_, _) => { });
}

/// <summary>A failed sync is tried again, and believed.</summary>
internal sealed class RetriesSync : PlantedSeam
{
    public override IStorageFiles Wrap(FaultyFiles files) => new SyncsOtherwise(files, static (sync, _) => sync());
}

/// <summary>Files with another answer to a failed sync.</summary>
internal sealed class SyncsOtherwise(IStorageFiles inner, Action<Action, IOException> failed) : IStorageFiles
{
    public IStorageFile Create(string path) => new File(inner.Create(path), failed);

    public IStorageFile Open(string path, bool writable) => new File(inner.Open(path, writable), failed);

    public bool Exists(string path) => inner.Exists(path);

    public IReadOnlyList<string> List(string directory) => inner.List(directory);

    public void CreateDirectory(string path) => inner.CreateDirectory(path);

    public void Rename(string source, string target) => inner.Rename(source, target);

    public void Delete(string path) => inner.Delete(path);

    public void SyncDirectory(string directory) => inner.SyncDirectory(directory);

    private sealed class File(IStorageFile inner, Action<Action, IOException> failed) : IStorageFile
    {
        public string Path => inner.Path;

        public long Length => inner.Length;

        public void Write(ReadOnlySpan<byte> bytes, long offset) => inner.Write(bytes, offset);

        public int Read(Span<byte> bytes, long offset) => inner.Read(bytes, offset);

        public void SetLength(long length) => inner.SetLength(length);

        public void Sync()
        {
            try
            {
                inner.Sync();
            }
            catch (IOException error)
            {
                failed(inner.Sync, error); // the defect
            }
        }

        public void Dispose() => inner.Dispose();
    }
}
