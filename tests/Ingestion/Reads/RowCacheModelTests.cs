using System.Text;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Reads;

public sealed class RowCacheModelTests
{
    [Fact]
    public async Task Point_reads_of_every_snapshot_say_what_its_scan_says_while_rows_change_in_every_way_and_the_cache_keeps_to_its_bounds()
    {
        var run = new RowCacheRun(TestSeed.Next());
        Assert.Null(await run.FindWrongAsync());
        Assert.True(run.Hits > run.Reads / 10 && run.Resumptions > 0, $"{run.Hits} hits in {run.Reads} reads, {run.Resumptions} resumptions"); // else nothing was tried
    }

    [Fact]
    public async Task A_row_that_is_kept_as_another_version_than_its_own_is_noticed()
    {
        var run = new RowCacheRun(TestSeed.Next(), FillLate);
        Assert.Contains("a point read by index", await run.FindWrongAsync(), StringComparison.Ordinal);
    }

    /// <summary>What a fill does that has read a row, comes late, and enters it as the version that is the newest by then.</summary>
    private static void FillLate(HeliosEngine engine, Table table, string name)
    {
        using var view = engine.OpenView();
        using var rows = view.Scan(table.Plan);
        while (rows.MoveNext())
        {
            if (rows.Row.IndexOf(Encoding.UTF8.GetBytes(name)) is >= 0 and var at)
            {
                var stale = rows.Row.ToArray();
                stale[at] ^= 1;
                engine.Parts.Rows.Put(table.Plan.Definition.Partition, rows.RowId, rows.Version, stale);
            }
        }
    }
}
