using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Compatibility.Tests;

/// <summary>How far the contents of a golden directory are.</summary>
public enum GoldenState
{
    /// <summary>Rows 0 to 99, two of them deleted; four records of the source, one of them refused.</summary>
    Half,

    /// <summary>Rows 0 to 199, four of them deleted, one of those written again; five doubles dropped; seven records, three of them refused.</summary>
    Whole,

    /// <summary>What a test adds: one deleted key is taken again, one row deleted, one written; one more record.</summary>
    Extended,
}

/// <summary>What the golden directories hold: a column of each type, deleted rows, a deleted key taken again, dropped rows, a source that was taken in two goes, dead letters of both.</summary>
internal static class GoldenContents
{
    /// <summary>The last commit of <see cref="GoldenState.Half"/> and of <see cref="GoldenState.Whole"/>.</summary>
    private const ulong HalfHead = 12, WholeHead = 22;

    /// <summary>The commits of both that moved the source.</summary>
    private const ulong HalfSource = 10, WholeSource = 21;

    public static async Task WriteHalfAsync(HeliosEngine helios)
    {
        var table = await helios.TableAsync(GoldenRows.TableName, GoldenRows.Schema);
        for (var i = 0; i < 100; i += 20)
            await table.InsertAsync(Enumerable.Range(i, 20).Select(n => GoldenRows.MakeRow(table, n)));
        await GoldenSource.IngestAsync(helios, 4);
        await DeleteAsync(helios, 5);
        await DeleteAsync(helios, 40);
    }

    public static async Task WriteRestAsync(HeliosEngine helios)
    {
        var table = helios.FindTable(GoldenRows.TableName)!;
        for (var i = 100; i < 200; i += 20)
            await table.InsertAsync(Enumerable.Range(i, 20).Select(n => GoldenRows.MakeRow(table, n)).Append(GoldenRows.MakeRow(table, 3)), OnReject.RejectRow);
        await DeleteAsync(helios, 6);
        await DeleteAsync(helios, 150);
        await GoldenSource.IngestAsync(helios, 7);
        await table.InsertAsync(GoldenRows.MakeRow(table, 40));
    }

    /// <summary>From <see cref="GoldenState.Whole"/> to <see cref="GoldenState.Extended"/>.</summary>
    public static async Task ExtendAsync(HeliosEngine helios)
    {
        var table = helios.FindTable(GoldenRows.TableName)!;
        await table.InsertAsync([GoldenRows.MakeRow(table, 200), GoldenRows.MakeRow(table, 5)]);
        await DeleteAsync(helios, 7);
        var report = await GoldenSource.IngestAsync(helios, 8);
        Assert.Equal((1L, 0L, 7L), (report.Rows, report.Rejected, report.ResumedAt)); // only what is new
    }

    /// <summary>Fails where a row, a count, a position or a dead letter is not as it was written.</summary>
    public static async Task CheckAsync(HeliosEngine helios, GoldenState state)
    {
        var (rows, records, source) = state switch
        {
            GoldenState.Half => (Enumerable.Range(0, 100).Except([5, 40]), 4, HalfSource),
            GoldenState.Whole => (Enumerable.Range(0, 200).Except([5, 6, 40, 150]).Append(40), 7, WholeSource),
            _ => (Enumerable.Range(0, 200).Except([5, 6, 7, 40, 150]).Concat([40, 200, 5]), 8, helios.Visible.Value),
        };
        if (state != GoldenState.Extended)
            Assert.Equal(state == GoldenState.Half ? HalfHead : WholeHead, helios.Visible.Value);
        Assert.Equal([GoldenRows.TableName, GoldenSource.TableName], helios.Tables.Select(t => t.Name));
        await GoldenRows.CheckAsync(helios, [.. rows]);
        await GoldenSource.CheckAsync(helios, records, source);
        await GoldenDeadLetters.CheckAsync(helios, state);
        await GoldenSource.CheckKnownAsync(helios, records);
    }

    private static async Task DeleteAsync(HeliosEngine helios, int n)
    {
        var plan = helios.FindTable(GoldenRows.TableName)!.Plan;
        using var key = new ByteBuffer();
        Assert.True(KeyProbe.TryEncode(plan, 0, [(long)n], key));
        Assert.NotNull(await KeyedWrite.DeleteAsync(helios, plan, key.Written.ToArray(), default));
    }
}
