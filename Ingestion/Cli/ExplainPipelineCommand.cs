using System.CommandLine;
using System.Text.Json;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios explain pipeline</c>: a trial load on this machine and disk, and which stage limits it.</summary>
internal static class ExplainPipelineCommand
{
    public static Command Create(CommandIo io)
    {
        var directory = new Option<string>("--dir") { Description = "A directory on the disk that is asked about. The trial makes a database of its own in it, and removes it.", HelpName = "DIR", Required = true };
        var durability = Text("--durability", "full|batched|async|unsafe", "When the trial syncs its log: before each answer (full, the default), within 100 ms (batched), within 1 s (async), at the end (unsafe).");
        var seconds = Text("--seconds", "N", "How long it writes, 1 to 600. The default is 5.");
        var commitRows = Text("--commit-rows", "N", "Rows of one commit, 1 to 100,000. The default is 1,000.");
        var inFlight = Text("--in-flight", "N", "Commits that wait for their answers at once, 1 to 1,024. The default is 8.");
        var json = Database.JsonOption("One JSON object: commits, rows, seconds, stages, bottleneck, verdict and more.");
        var command = new Command("pipeline", "Writes a trial load and says which stage of the write path limits it. A program asks its own engine: ExplainPipelineAsync.") { directory, durability, seconds, commitRows, inFlight, json };
        command.SetAction(async (parsed, _) =>
        {
            var path = parsed.GetRequiredValue(directory);
            if (!Directory.Exists(path))
                throw new UsageException($"--dir: there is no directory {path}");
            var trial = new PipelineTrial(
                IngestArguments.Durability(parsed.GetValue(durability)),
                TimeSpan.FromSeconds(Arguments.Number(parsed, seconds, 1, 600) ?? 5),
                (int)(Arguments.Number(parsed, commitRows, 1, 100_000) ?? 1_000),
                (int)(Arguments.Number(parsed, inFlight, 1, 1_024) ?? 8));
            var explanation = await trial.RunAsync(path, io).ConfigureAwait(false);
            if (parsed.GetValue(json))
                JsonOutput.Write(io, writer => Write(writer, explanation, trial));
            else
                io.Out.Write($"{trial.Describe(explanation)}\n{explanation}");
            return ExitCodes.Done;
        });
        return command;
    }

    private static Option<string> Text(string name, string help, string description) => new(name) { Description = description, HelpName = help };

    private static void Write(Utf8JsonWriter writer, PipelineExplanation explanation, PipelineTrial trial)
    {
        writer.WriteStartObject();
        writer.WriteString("durability", trial.Level.ToString().ToLowerInvariant());
        writer.WriteNumber("commitRows", trial.CommitRows);
        writer.WriteNumber("inFlight", trial.InFlight);
        writer.WriteNumber("seconds", explanation.Window.TotalSeconds);
        writer.WriteNumber("commits", explanation.Commits);
        writer.WriteNumber("rows", explanation.Commits * trial.CommitRows);
        writer.WriteNumber("callerWaits", explanation.CallerWaits);
        writer.WriteNumber("callersWaitedMilliseconds", explanation.CallersWaited.TotalMilliseconds);
        writer.WriteNumber("syncs", explanation.Syncs);
        writer.WriteNumber("syncMilliseconds", explanation.SyncTime.TotalMilliseconds);
        writer.WriteNumber("processors", explanation.Processors);
        writer.WriteStartArray("stages");
        foreach (var stage in explanation.Stages)
        {
            writer.WriteStartObject();
            writer.WriteString("stage", stage.Name);
            writer.WriteNumber("messages", stage.Messages);
            writer.WriteNumber("runs", stage.Runs);
            writer.WriteNumber("saturation", stage.Saturation);
            writer.WriteNumber("serviceMicroseconds", stage.ServiceTime.TotalMicroseconds);
            writer.WriteNumber("queueWaitMicroseconds", stage.QueueWait.TotalMicroseconds);
            writer.WriteNumber("meanDepth", stage.MeanDepth);
            writer.WriteNumber("capacity", stage.Capacity);
            writer.WriteNumber("blocked", stage.Blocked);
            writer.WriteString("blockedBy", stage.BlockedBy);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("bottleneck", explanation.Bottleneck);
        writer.WriteString("verdict", explanation.Verdict);
        writer.WriteEndObject();
    }
}
