using System.Text;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Inputs that begin alike and go on differently are different sources.</summary>
public sealed class SourceIdentityTests
{
    [Fact]
    public async Task The_shorter_input_that_a_source_once_was_is_another_source_and_is_read_from_its_start_once()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            Assert.Equal((1, 0), await IngestAsync(engine, "id,name\n1,a\n"));
            Assert.Equal((1, 1), await IngestAsync(engine, "id,name\n1,a\n2,b\n"));

            var again = await Report(engine, "id,name\n1,a\n");
            Assert.Equal((0, 1, 0), (again.Rows, again.Rejected, again.ResumedAt)); // its row is there: a duplicate

            Assert.Equal((0, 1), await IngestAsync(engine, "id,name\n1,a\n"));
            Assert.Equal((0, 2), await IngestAsync(engine, "id,name\n1,a\n2,b\n"));
            Assert.Equal(2, await table.CountAsync());
        }
    }

    [Fact]
    public async Task An_input_that_differs_from_a_known_one_only_behind_its_first_64_KiB_is_read_from_its_start_once()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(SafetyLevel.Unsafe);
        await using (engine)
        {
            var first = Text(Enumerable.Range(1, 8_000), "");
            var corrected = Text(Enumerable.Range(1, 8_000), " corrected");
            Assert.True(first.Length > 2 * SourceIdentity.MaxBytes);
            Assert.Equal((8_000, 0), await IngestAsync(engine, first));

            var other = await Report(engine, corrected);
            Assert.Equal((0, 8_000, 0), (other.Rows, other.Rejected, other.ResumedAt));

            Assert.Equal((0, 8_000), await IngestAsync(engine, corrected));
            Assert.Equal((0, 8_000), await IngestAsync(engine, first));
            Assert.Equal(8_000, await table.CountAsync());
        }
    }

    private static string Text(IEnumerable<int> ids, string end) =>
        "id,name\n" + string.Concat(ids.Select(id => $"{id},name of {id}{(id == 7_000 ? end : "")}\n"));

    private static async Task<(long Rows, long ResumedAt)> IngestAsync(HeliosEngine engine, string csv)
    {
        var report = await Report(engine, csv);
        return (report.Rows, report.ResumedAt);
    }

    private static async Task<IngestReport> Report(HeliosEngine engine, string csv)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(csv));
        return await engine.IngestAsync(stream, "input.csv", "things");
    }
}
