namespace Helios.Pipeline.Ingestion.Tests.Constraints;

/// <summary>The files of an open database as they are now, in a directory of their own.</summary>
internal sealed class CopiedDatabase : IDisposable
{
    public CopiedDatabase(string from)
    {
        foreach (var file in System.IO.Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(static f => System.IO.Path.GetFileName(f) is not ("lock" or "LOCK")))
        {
            var target = System.IO.Path.Combine(Path, System.IO.Path.GetRelativePath(from, file));
            System.IO.Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("helios-copy-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
