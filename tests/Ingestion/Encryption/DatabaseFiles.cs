using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A directory's files as bytes, and keys that follow from a number.</summary>
internal static class DatabaseFiles
{
    public static IKeyProvider Key(int seed)
    {
        var key = new byte[KekId.KeySize];
        new Random(seed).NextBytes(key);
        return KeyProviders.FromBytes(key);
    }

    /// <summary>Every file by its name in the directory.</summary>
    public static SortedDictionary<string, byte[]> Read(string directory)
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
            files[Path.GetRelativePath(directory, file)] = File.ReadAllBytes(file);
        return files;
    }

    public static void AssertSame(SortedDictionary<string, byte[]> before, string directory)
    {
        var after = Read(directory);
        Assert.Equal(before.Keys, after.Keys);
        Assert.All(before, file => Assert.True(file.Value.AsSpan().SequenceEqual(after[file.Key]), $"{file.Key} has changed"));
    }

    /// <summary>What the disk has while an engine runs is what a kill leaves. The directory is made.</summary>
    public static string Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories)) // all of them first: the copy may lie inside
        {
            if (Path.GetFileName(file) is "lock" or "LOCK")
                continue;
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }

        return to;
    }

    public static async Task<HeliosException> RefusedAsync(string code, string path, HeliosOptions options)
    {
        var error = await Assert.ThrowsAsync<HeliosException>(() => HeliosEngine.OpenAsync(path, options));
        Assert.Equal(code, error.Code);
        return error;
    }
}
