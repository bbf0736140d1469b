using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class FlippedByteTests
{
    [Fact]
    public async Task Any_flipped_byte_of_the_log_or_of_a_file_of_the_store_is_found()
    {
        using var database = await ClosedDatabase.CreateAsync();
        Seeds.Run(24, random =>
        {
            string[] files = [.. database.Segments, .. Directory.GetFiles(database.StorePath, "*.sst")];
            var file = files[random.Next(files.Length)];
            var offset = random.NextInt64(EndOfContent(file));
            ClosedDatabase.FlipByte(file, offset);
            Assert.False(IsSound(database), $"byte {offset} of {file} was flipped and not found");
            ClosedDatabase.FlipByte(file, offset);
            Assert.True(IsSound(database), $"byte {offset} of {file} was flipped back and is still found");
        });
    }

    private static bool IsSound(ClosedDatabase database) =>
        new IntegrityRun(PhysicalFiles.Instance, database.Path, TimeProvider.System, progress: null).Run(CancellationToken.None).All(r => r.Passed);

    // Behind the last frame of a segment are zeros that nothing speaks of.
    private static long EndOfContent(string file) => Array.FindLastIndex(File.ReadAllBytes(file), b => b != 0) + 1;
}
