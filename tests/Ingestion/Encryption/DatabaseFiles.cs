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

    /// <summary>What the disk has while an engine runs is what a kill leaves. The directory is made; anew where RocksDB made or deleted a file meanwhile, as after a compaction.</summary>
    public static string Copy(string from, string to)
    {
        while (true)
        {
            var before = Names();
            if (TryCopy(before) && Names().SequenceEqual(before))
                return to;
            foreach (var file in before)
                File.Delete(Copied(file)); // nothing where it was not copied
        }

        // All of them first: the copy may lie inside. RocksDB's manifest before the files that it names: one that is half written is not yet named.
        string[] Names() => [.. Directory.GetFiles(from, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) is not ("lock" or "LOCK") && !file.StartsWith(to + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            .OrderBy(static file => file.EndsWith(".sst", StringComparison.Ordinal)).ThenBy(static file => file, StringComparer.Ordinal)];

        string Copied(string file) => Path.Combine(to, Path.GetRelativePath(from, file));

        bool TryCopy(string[] files)
        {
            try
            {
                foreach (var file in files)
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(Copied(file))!);
                    File.Copy(file, Copied(file), overwrite: true);
                }

                return true;
            }
            catch (FileNotFoundException)
            {
                return false;
            }
        }
    }

    public static async Task<HeliosException> RefusedAsync(string code, string path, HeliosOptions options)
    {
        var error = await Assert.ThrowsAsync<HeliosException>(() => HeliosEngine.OpenAsync(path, options));
        Assert.Equal(code, error.Code);
        return error;
    }
}
