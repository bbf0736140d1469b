using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class StatisticsVerifyTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Verify_takes_stored_statistics_and_finds_damaged_ones_which_an_analysis_makes_whole(bool isEncrypted)
    {
        using var database = await ClosedDatabase.CreateAsync(isEncrypted ? DatabaseFiles.Key(3) : null);
        await AnalyzeAsync(database);
        Assert.True((await database.VerifyAsync()).IsSound);

        database.EditStore((store, batch) =>
        {
            using var values = store.OpenMeta([KeySpace.Statistics]);
            Assert.True(values.MoveNext());
            batch.PutMeta(values.Key, values.Value[..^1]);
        });
        var report = await database.VerifyAsync();
        Assert.Equal(["keys"], report.Checks.Where(check => !check.Passed).Select(check => check.Name));

        await AnalyzeAsync(database);
        Assert.True((await database.VerifyAsync()).IsSound);
    }

    private static async Task AnalyzeAsync(ClosedDatabase database)
    {
        await using var engine = await HeliosEngine.OpenAsync(database.Path, database.Options);
        Assert.Equal(2, (await engine.AnalyzeAsync()).Count);
    }
}
