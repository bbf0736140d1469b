using System.CommandLine;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios ingest</c>: a file or standard input into a table, exactly once.</summary>
internal static class IngestCommand
{
    public static Command Create(CommandIo io)
    {
        var file = new Argument<string>("FILE") { Description = "CSV or NDJSON; - for standard input.", HelpName = "FILE" };
        var (db, table) = (Database.PathOption(), Database.TableOption());
        var format = Text("--format", "csv|ndjson|auto", "Form of the input. auto, the default, goes by the name's ending, else by the first byte.");
        var delimiter = Text("--delimiter", "C", "What separates the fields of CSV; \\t for a tab. The default is a comma.");
        var noHeader = Flag("--no-header", "The CSV has no line of names: the columns are c1, c2, …");
        var key = Many("--key", "COL[,COL…]", "Primary key, where the table is made.");
        var unique = Many("--unique", "COL", "A unique column, where the table is made; may be repeated.");
        var type = Many("--type", "COL=TYPE", "Type of a column, where the table is made; may be repeated. The others are inferred.");
        var durability = Text("--durability", "full|batched|async|unsafe", "When the log is synced: before each answer (full, the default), within 100 ms (batched), within 1 s (async), at the end (unsafe).");
        var noLog = Flag("--no-log", "With --durability unsafe: no log at all. A kill, too, takes what came after the last flush; the same command then goes on from there.");
        var commitRows = Text("--commit-rows", "N", "Records of one commit, 1 to 100,000. The default is 1,000.");
        var rejects = Text("--rejects", "FILE", "Gets every rejected record as a line of JSON.");
        var maxRejects = Text("--max-rejects", "N", "Stop with exit code 5 when more records of this run are rejected.");
        var acks = Text("--acks", "FILE", "Gets a line record<TAB>lsn after each answer.");
        var checkpointBytes = Text("--checkpoint-bytes", "N", "Log written before a checkpoint, 1 MiB or more; for tests.");
        checkpointBytes.Hidden = true;
        var floor = Text("--free-space-floor", "BYTES", "Stop with exit code 4 when less of the disk is free; 0 for never. The default is 104857600 (100 MiB).");
        var json = Database.JsonOption("One JSON object instead of the summary.");
        var quiet = Flag("--quiet", "No progress and no summary.");
        var command = new Command("ingest", "Takes a file into a table, exactly once. Makes database and table where they are not there.")
        {
            file, db, table, format, delimiter, noHeader, key, unique, type, durability, noLog, commitRows, rejects, maxRejects, acks, checkpointBytes, floor, json, quiet,
        };
        command.SetAction((parsed, _) =>
        {
            var arguments = new IngestArguments
            {
                File = parsed.GetRequiredValue(file),
                Db = parsed.GetRequiredValue(db),
                Table = parsed.GetRequiredValue(table),
                Level = IngestArguments.Durability(parsed.GetValue(durability)),
                WithoutLog = parsed.GetValue(noLog),
                CheckpointBytes = Arguments.Number(parsed, checkpointBytes, 1 << 20, 1L << 40),
                FreeSpaceFloor = Arguments.Number(parsed, floor, 0, 1L << 50),
                Json = parsed.GetValue(json),
                Quiet = parsed.GetValue(quiet),
                Options = new IngestOptions
                {
                    Format = IngestArguments.Format(parsed.GetValue(format)),
                    Delimiter = IngestArguments.Delimiter(parsed.GetValue(delimiter)),
                    HasHeader = !parsed.GetValue(noHeader),
                    Key = IngestArguments.Key(parsed.GetValue(key)),
                    Unique = IngestArguments.Unique(parsed.GetValue(unique)),
                    Types = IngestArguments.Types(parsed.GetValue(type)),
                    CommitRows = (int)(Arguments.Number(parsed, commitRows, 1, 100_000) ?? 1_000),
                    RejectsFile = parsed.GetValue(rejects),
                    MaxRejects = Arguments.Number(parsed, maxRejects, 0, long.MaxValue),
                    AcksFile = parsed.GetValue(acks),
                },
            };
            arguments.Check();
            return RunAsync(arguments, io);
        });
        return command;
    }

    private static async Task<int> RunAsync(IngestArguments arguments, CommandIo io)
    {
        using var input = IngestInput.Open(arguments, io); // before the database: a wrong name must not create one
        var view = Progress(arguments, io);
        var told = 0;
        var decided = 0L;
        var options = arguments.Options with
        {
            Progress = progress =>
            {
                decided = progress.Record;
                view.Show(progress);
            },
            Rejected = arguments.Options.RejectsFile is null ? reject => { told++; view.Tell(IngestSummary.Reject(arguments.InputName, reject)); } : null,
        };

        IngestReport report;
        IngestSummary summary;
        var engine = await Database.OpenOrCreateAsync(arguments, io).ConfigureAwait(false);
        await using (engine.ConfigureAwait(false))
        {
            try
            {
                report = await view.RunAsync(() => input.IngestAsync(engine, arguments.Table, options, io.Stop.Token)).ConfigureAwait(false);
            }
            catch (Exception error) when (
                (error is IOException or HeliosException { Kind: HeliosErrorKind.Unavailable }) && !error.Message.StartsWith(arguments.InputName, StringComparison.Ordinal))
            {
                var after = decided > 0 ? $" after record {Printable.Count(decided)}:" : "";
                throw new HeliosException(HeliosErrorKind.Unavailable, (error as HeliosException)?.Code ?? "io_error", $"{arguments.InputName}:{after} {error.Message}", error);
            }

            summary = await IngestSummary.MakeAsync(arguments, report, engine.FindTable(arguments.Table)!).ConfigureAwait(false);
        }

        // After the close: what the summary says is then durable at every level.
        if (arguments.Options.RejectsFile is null && report.Rejected > told)
            await io.Error.WriteLineAsync($"helios: {Printable.Line(arguments.InputName)}: {Printable.Count(report.Rejected - told)} more records were rejected; all are kept in the database; --rejects FILE writes them out").ConfigureAwait(false);
        io.Tell(() => summary.Write(io));
        return Answer(report, io);
    }

    private static int Answer(IngestReport report, CommandIo io) =>
        report.TooManyRejects ? ExitCodes.TooManyRejects
        : report.IsComplete ? ExitCodes.Done
        : io.Stop.ExitCode != 0 ? io.Stop.ExitCode
        : ExitCodes.Stopped;

    private static IIngestView Progress(IngestArguments arguments, CommandIo io) =>
        arguments.Quiet ? new QuietView(io)
        : io.ErrorIsTerminal ? new ProgressBarView(arguments.InputName, io)
        : new ProgressLinesView(arguments.InputName, io);

    private static Option<string> Text(string name, string value, string description) => new(name) { Description = description, HelpName = value };

    private static Option<string[]> Many(string name, string value, string description) => new(name) { Description = description, HelpName = value, Arity = ArgumentArity.OneOrMore };

    private static Option<bool> Flag(string name, string description) => new(name) { Description = description, Arity = ArgumentArity.Zero };
}
