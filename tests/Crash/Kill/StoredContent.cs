using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>What a database holds of an input, compared with the oracle.</summary>
internal static class StoredContent
{
    /// <summary>
    /// Opens the database, which recovers it, and checks: rows and dead letters are exactly those of the input's records up to one
    /// number, in order, once; that number is not below the acknowledged one; the row count fits.
    /// </summary>
    /// <returns>What is wrong, or null.</returns>
    public static async Task<string?> FindFaultAsync(string directory, string table, GeneratedInput input, long acknowledged)
    {
        HeliosEngine engine;
        try
        {
            engine = await HeliosEngine.OpenAsync(directory, new HeliosOptions { CreateIfMissing = false });
        }
        catch (HeliosException error) when (error.Code == "no_database" && acknowledged == 0)
        {
            return null; // it was killed before the database existed
        }
        catch (HeliosException error)
        {
            return $"the database does not open: {error.Code}: {error.Message}";
        }

        await using (engine)
        {
            if (engine.FindTable(table) is not { } rows)
                return acknowledged == 0 ? null : "the table is not there";
            return await CompareAsync(engine, rows, input, acknowledged);
        }
    }

    private static async Task<string?> CompareAsync(HeliosEngine engine, Table table, GeneratedInput input, long acknowledged)
    {
        var stored = 0;
        await foreach (var row in table.ScanAsync())
        {
            if (stored == input.Stored.Count)
                return "there are more rows than the input has";
            var wanted = input.Stored[stored];
            if ((long)row["id"]! != wanted.Id || (string?)row["name"] != wanted.Name || (long?)row["amount"] != wanted.Amount)
                return $"row {stored + 1} has id {row["id"]}; record {wanted.Number} with id {wanted.Id} belongs there";
            stored++;
        }

        if (await table.CountAsync() != stored)
            return $"the row count says {await table.CountAsync()}, there are {stored} rows";

        if (IndexFault.Find(engine) is { } fault)
            return fault;
        var rejected = Rejected(engine);
        rejected.Sort();
        var wantedRejects = input.Rejected.Take(rejected.Count).Select(r => ((long)r.Number, r.Code!)).ToList();
        if (!rejected.SequenceEqual(wantedRejects))
            return $"the {rejected.Count} dead letters are not those of the first rejected records";

        var reached = Math.Max(
            stored == 0 ? 0 : input.Stored[stored - 1].Number,
            rejected.Count == 0 ? 0 : rejected[^1].Record);
        if (input.StoredUpTo(reached) != stored || reached - input.StoredUpTo(reached) != rejected.Count)
            return $"{stored} rows and {rejected.Count} dead letters are not the records up to any one number";
        return reached < acknowledged ? $"records up to {acknowledged} were acknowledged, those up to {reached} are there" : null;
    }

    private static List<(long Record, string Code)> Rejected(HeliosEngine engine)
    {
        var found = new List<(long, string)>();
        using var view = engine.OpenView();
        using var rows = view.Scan(engine.Parts.Plans[DeadLetters.Definition.Id]);
        while (rows.MoveNext())
        {
            var row = new RowView(rows.Row);
            found.Add((row[2].GetInt64(), System.Text.Encoding.UTF8.GetString(row[4].GetUtf8())));
        }

        return found;
    }
}
