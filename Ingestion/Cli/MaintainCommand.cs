using System.CommandLine;
using System.Text.Json;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios maintain</c>: what the background does bit by bit, at once. Exit 2 where the scrub finds damage.</summary>
internal static class MaintainCommand
{
    public static Command Create(CommandIo io)
    {
        var task = new Argument<string?>("TASK")
        {
            Description = "checkpoint, vacuum, analyze or scrub; all four in this order where it is left out.",
            HelpName = "checkpoint|vacuum|analyze|scrub",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var (db, json) = (Database.PathOption(), Database.JsonOption("One JSON object: path, bytes before and after, and what each task has done."));
        var table = new Option<string>("--table") { Description = "Vacuum and analyze only this table.", HelpName = "NAME" };
        var command = new Command("maintain", "Flushes, returns space, gathers statistics, checks the store. Exit 2 where it is damaged.") { task, db, table, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(task), parsed.GetRequiredValue(db), parsed.GetValue(table), parsed.GetValue(json), io));
        return command;
    }

    private static async Task<int> RunAsync(string? only, string path, string? table, bool json, CommandIo io)
    {
        if (only is not null && !MaintainRun.Tasks.Contains(only))
            throw new UsageException($"'{only}' is no task; there are: {string.Join(", ", MaintainRun.Tasks)}");
        if (table is not null && only is "checkpoint" or "scrub")
            throw new UsageException($"--table: a {only} is always of the whole database");
        MaintainRun run;
        TimeSpan took;
        await using (var engine = await Database.OpenAsync(path, io).ConfigureAwait(false))
        {
            if (table is not null)
                _ = only is "vacuum" ? Database.Table(engine, path, table) : Database.UserTable(engine, path, table);
            var started = io.Time.GetTimestamp();
            run = new MaintainRun(engine, table, io);
            foreach (var task in MaintainRun.Tasks.Where(t => only is null || t == only))
            {
                await run.RunAsync(task).ConfigureAwait(false);
                if (!json)
                    io.Tell(() => Write(io, task, run));
            }

            took = io.Time.GetElapsedTime(started);
            if (json)
                io.Tell(() => JsonOutput.Write(io, writer => Write(writer, path, run, took)));
            else
                io.Tell(() => io.Out.WriteLine($"total       {Sizes(run)}; {Printable.Duration(took)}"));
        }

        if (run.Scrub is not { IsSound: false } damaged)
            return ExitCodes.Done;
        await io.Error.WriteLineAsync($"helios: {Printable.Line(path)} is damaged: the scrub has found {Printable.Count(damaged.ProblemCount)} problems; helios verify names all that is damaged; restore a backup").ConfigureAwait(false);
        return ExitCodes.Damaged;
    }

    private static string Sizes(MaintainRun run)
    {
        var (before, after) = (run.Before, run.After);
        return $"log {Printable.Bytes(before.Log)} before, {Printable.Bytes(after.Log)} after; store {Printable.Bytes(before.Store)} before, {Printable.Bytes(after.Store)} after";
    }

    /// <summary>As each task ends: the long ones take minutes.</summary>
    private static void Write(CommandIo io, string task, MaintainRun run)
    {
        switch (task)
        {
            case "checkpoint":
                io.Out.WriteLine($"checkpoint  everything up to LSN {run.Flushed} is in the store's files");
                break;
            case "vacuum":
                foreach (var done in run.Vacuum!.Tables)
                    io.Out.WriteLine($"vacuum      {Printable.Line(done.Table)}: {Printable.Count(done.VersionsRemoved)} versions removed, {Printable.Bytes(done.BytesBefore)} before, {Printable.Bytes(done.BytesAfter)} after");
                break;
            case "analyze":
                foreach (var done in run.Analyses!)
                    io.Out.WriteLine($"analyze     {Printable.Line(done.Table)}: {Printable.Count(done.Rows)} rows");
                break;
            default:
                var found = run.Scrub!;
                io.Out.WriteLine($"scrub       {Printable.Count(found.Rows)} versions of rows and {Printable.Count(found.Keys)} other keys, {Printable.Bytes(found.Bytes)}: {(found.IsSound ? "sound" : $"{Printable.Count(found.ProblemCount)} problems")}");
                foreach (var problem in found.Problems)
                    io.Out.WriteLine($"  damaged   {Printable.Line(problem)}");
                break;
        }
    }

    private static void Write(Utf8JsonWriter json, string path, MaintainRun run, TimeSpan took)
    {
        json.WriteStartObject();
        json.WriteString("path", path);
        json.WriteNumber("logBytesBefore", run.Before.Log);
        json.WriteNumber("logBytesAfter", run.After.Log);
        json.WriteNumber("storeBytesBefore", run.Before.Store);
        json.WriteNumber("storeBytesAfter", run.After.Store);
        json.WriteNumber("seconds", Math.Round(took.TotalSeconds, 3));
        if (run.Flushed is { } flushed)
            json.WriteNumber("flushed", flushed.Value);
        if (run.Vacuum is { } vacuum)
            Write(json, vacuum);
        if (run.Analyses is { } analyses)
        {
            json.WriteStartArray("analyzed");
            foreach (var analysis in analyses)
            {
                json.WriteStartObject();
                json.WriteString("table", analysis.Table);
                json.WriteNumber("rows", analysis.Rows);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (run.Scrub is { } scrub)
            Write(json, scrub);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, VacuumReport report)
    {
        json.WriteStartArray("vacuumed");
        foreach (var done in report.Tables)
        {
            json.WriteStartObject();
            json.WriteString("table", done.Table);
            json.WriteNumber("versionsRemoved", done.VersionsRemoved);
            json.WriteNumber("keysRemoved", done.KeysRemoved);
            json.WriteNumber("bytesBefore", done.BytesBefore);
            json.WriteNumber("bytesAfter", done.BytesAfter);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ScrubReport report)
    {
        json.WriteStartObject("scrub");
        json.WriteBoolean("sound", report.IsSound);
        json.WriteNumber("rows", report.Rows);
        json.WriteNumber("keys", report.Keys);
        json.WriteNumber("bytes", report.Bytes);
        json.WriteNumber("problems", report.ProblemCount);
        json.WriteStartArray("named");
        foreach (var problem in report.Problems)
            json.WriteStringValue(problem);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
