using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Compatibility.Tests;

/// <summary>The dead letters of the golden directories, column by column, as version 1 words them. A row that is dropped from a session's commit leaves none.</summary>
internal static class GoldenDeadLetters
{
    private const string Source = "source | b1404eed-da36-1ec2-c8a8-12b1f948131b | ";

    /// <summary>Of one commit, those that their text refuses come before those that the table refuses.</summary>
    private static readonly string[] s_all =
    [
        Source + "3 | 33 | type_mismatch | amount | 'none' is not an Int4: a whole number of at most 64 bits. | 3,none,three | 12 | NULL",
        Source + "6 | 66 | invalid_utf8 | NULL | The record's bytes are no UTF-8. | NULL | 6 | 362C36302CFF",
        Source + "5 | 56 | duplicate_key | id | primary key (id) of table source: row 2 has the same value | 2,50,five | 9 | NULL",
    ];

    public static async Task CheckAsync(HeliosEngine helios, GoldenState state)
    {
        var plan = helios.Parts.Plans[DeadLetters.Definition.Id];
        var read = new List<string>();
        await foreach (var row in new Table(helios, plan).ScanAsync())
            read.Add(string.Join(" | ", plan.Definition.Schema.Columns.Select((_, i) => GoldenRows.Text(row[i]))));
        Assert.Equal(state == GoldenState.Half ? s_all[..1] : s_all, read);
        Assert.Equal(read.Count, helios.Parts.Published.Rows(plan.Definition.Id));
    }
}
