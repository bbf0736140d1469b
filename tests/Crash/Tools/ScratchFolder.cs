namespace Helios.Pipeline.Crash.Tests;

/// <summary>A temporary folder that goes when the test succeeds, and stays for a look when it is told to.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("helios-crash-").FullName;

    /// <summary>Set before a failure is thrown: its message names files in here.</summary>
    public bool Keep { get; set; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Deletes everything whose name begins with a name and a dot or dash.</summary>
    public void Remove(string name)
    {
        foreach (var path in Directory.GetFileSystemEntries(Path, name + "*"))
        {
            if (System.IO.Path.GetFileName(path)[name.Length] is not ('-' or '.'))
                continue;
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
            else
                File.Delete(path);
        }
    }

    public void Dispose()
    {
        if (!Keep)
            Directory.Delete(Path, recursive: true);
    }

    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(folder.Replace(from, to, StringComparison.Ordinal));
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, file.Replace(from, to, StringComparison.Ordinal));
    }
}
