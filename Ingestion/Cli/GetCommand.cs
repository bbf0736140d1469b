using System.CommandLine;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios get</c>: the row with a primary key, as one line of NDJSON.</summary>
internal static class GetCommand
{
    public static Command Create(CommandIo io)
    {
        var (db, table) = (Database.PathOption(), Database.TableOption());
        var key = new Option<string[]>("--key") { Description = "A value of the primary key; once per key column, in key order.", HelpName = "V", Required = true, Arity = ArgumentArity.OneOrMore };
        var json = Database.JsonOption("The row is one JSON object anyway.");
        var command = new Command("get", "Prints the row that has a key, as one line of NDJSON.") { db, table, key, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(db), parsed.GetRequiredValue(table), parsed.GetRequiredValue(key), io));
        return command;
    }

    private static async Task<int> RunAsync(string path, string name, string[] key, CommandIo io)
    {
        await using var engine = await Database.OpenAsync(path, io).ConfigureAwait(false);
        var table = Database.Table(engine, path, name);
        var columns = string.Join(", ", table.Schema.PrimaryKey.Select(ordinal => table.Schema.Columns[ordinal].Name));
        if (columns.Length == 0)
            throw new UsageException($"table {name} has no primary key to look in; a key is named when the table is made: helios ingest … --key COL");
        if (key.Length != table.Schema.PrimaryKey.Length)
            throw new UsageException($"the key of table {name} is ({columns}): give --key {table.Schema.PrimaryKey.Length} times, not {key.Length}");
        if (await table.FindTextAsync(key, io.Output, io.Stop.Token).ConfigureAwait(false))
            return ExitCodes.Done;
        throw new UsageException($"no row of table {name} has the key ({columns}) = ({string.Join(", ", key)})");
    }
}
