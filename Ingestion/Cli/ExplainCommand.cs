using System.CommandLine;
using System.Text.Json;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios explain</c>: how the rows that <c>helios scan</c> would print are found, and what that takes.</summary>
internal static class ExplainCommand
{
    public static Command Create(CommandIo io)
    {
        var (db, table) = (Database.PathOption(), Database.TableOption());
        var rows = new QueryArguments();
        var plan = new Option<bool>("--plan") { Description = "Only say how; read nothing.", Arity = ArgumentArity.Zero };
        var json = Database.JsonOption("One JSON object: table, access, index, ranges, condition, order, sortsInMemory, filters, notes; estimate where the table was analyzed; and unless --plan was given run.");
        var command = new Command("explain", "Says how rows are found: index, filters, order; and runs it to count what is read.") { db, table };
        rows.AddTo(command);
        command.Add(plan);
        command.Add(json);
        command.Add(ExplainPipelineCommand.Create(io));
        command.SetAction(async (parsed, _) =>
        {
            QueryArguments.Check(parsed, rows);
            var path = parsed.GetRequiredValue(db);
            await using var engine = await Database.OpenAsync(path, io).ConfigureAwait(false);
            var query = rows.Apply(parsed, Database.Table(engine, path, parsed.GetRequiredValue(table)));
            var explanation = parsed.GetValue(plan) ? query.Explain() : await query.ExplainAsync(io.Stop.Token).ConfigureAwait(false);
            if (parsed.GetValue(json))
                JsonOutput.Write(io, writer => Write(writer, explanation));
            else
                io.Out.Write(explanation.ToString());
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Write(Utf8JsonWriter writer, QueryExplanation explanation)
    {
        writer.WriteStartObject();
        writer.WriteString("table", explanation.Table);
        writer.WriteString("access", JsonNamingPolicy.CamelCase.ConvertName(explanation.Access.ToString()));
        writer.WriteString("index", explanation.Index);
        writer.WriteNumber("ranges", explanation.Ranges);
        writer.WriteString("condition", explanation.Condition);
        Write(writer, "order", explanation.Order);
        writer.WriteBoolean("sortsInMemory", explanation.SortsInMemory);
        Write(writer, "filters", explanation.Filters);
        if (explanation.Estimate is { } estimate)
            Write(writer, estimate);
        Write(writer, "notes", explanation.Notes);
        if (explanation.Run is { } run)
            Write(writer, run);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, RowEstimate estimate)
    {
        writer.WriteStartObject("estimate");
        writer.WriteNumber("rows", estimate.Rows);
        writer.WriteNumber("tableRows", estimate.TableRows);
        writer.WriteNumber("asOf", estimate.AsOf.Value);
        writer.WriteNumber("changesSince", estimate.ChangesSince);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, QueryFigures run)
    {
        writer.WriteStartObject("run");
        writer.WriteNumber("lsn", run.Lsn.Value);
        writer.WriteNumber("rowsReturned", run.RowsReturned);
        writer.WriteNumber("rowsMatched", run.RowsMatched);
        writer.WriteNumber("rowsRead", run.RowsRead);
        writer.WriteNumber("keysRead", run.KeysRead);
        writer.WriteNumber("blocksRead", run.BlocksRead);
        writer.WriteNumber("blocksSkipped", run.BlocksSkipped);
        writer.WriteNumber("blocksSkippedByBlooms", run.BlocksSkippedByBlooms);
        writer.WriteNumber("storeSteps", run.StoreSteps);
        writer.WriteNumber("storeSeeks", run.StoreSeeks);
        writer.WriteNumber("milliseconds", run.Elapsed.TotalMilliseconds);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, IReadOnlyList<string> values)
    {
        writer.WriteStartArray(name);
        foreach (var value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    }
}
