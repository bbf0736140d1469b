using System.Globalization;
using System.Text.Json;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>One input, one database, and the command that takes the one into the other, again and again.</summary>
internal sealed class IngestCase(ScratchFolder scratch, string name, int seed, int records)
{
    public const string Table = "t";

    public string Database { get; } = scratch[$"{name}-db"];

    public string RejectsFile { get; } = scratch[$"{name}-rejects.ndjson"];

    public string AcksFile { get; } = scratch[$"{name}-acks.txt"];

    public GeneratedInput Input { get; } = GeneratedInput.Write(scratch[$"{name}.csv"], seed, records);

    /// <summary>Is it <c>--no-log</c>? Then acknowledged records may be lost, and are acknowledged again.</summary>
    public bool WithoutLog { get; init; }

    private static string Tool { get; } = Path.Combine(AppContext.BaseDirectory, "helios.dll");

    /// <summary>The command; always the same one.</summary>
    public string[] Arguments(int commitRows) =>
    [
        Tool, "ingest", Input.Path, "--db", Database, "--table", Table, "--key", "id", .. GeneratedInput.TypeArguments,
        "--commit-rows", commitRows.ToString(CultureInfo.InvariantCulture), "--rejects", RejectsFile, "--acks", AcksFile,
        "--checkpoint-bytes", "1048576", "--quiet", "--debug", .. WithoutLog ? ["--durability", "unsafe", "--no-log"] : (string[])[],
    ];

    /// <summary>The last acknowledged record: that of the last whole line.</summary>
    public long Acknowledged() => Acks() is [.., var last] ? last.Record : 0;

    public (long Record, ulong Lsn)[] Acks()
    {
        if (!File.Exists(AcksFile))
            return [];
        var text = File.ReadAllText(AcksFile);
        var whole = text[..(text.LastIndexOf('\n') + 1)];
        return [.. whole.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Ack)];
    }

    /// <summary>Completes when more has been acknowledged than so many bytes of lines, or when the run has ended.</summary>
    public Task AnsweredAsync(long before, Task ended) => FileWait.UntilAsync(Path.GetDirectoryName(AcksFile)!, () => AcksLength() > before, ended);

    public long AcksLength() => File.Exists(AcksFile) ? new FileInfo(AcksFile).Length : 0;

    /// <summary>Looks at a copy, so that the run itself goes on from what the kill left.</summary>
    /// <param name="promised">The record up to which all must be there; null for the last acknowledged one.</param>
    public async Task<string?> FindFaultAsync(long? promised = null)
    {
        var copy = scratch[$"{name}-copy"];
        var wanted = promised ?? Acknowledged();
        if (!Directory.Exists(Database))
            return wanted == 0 ? null : "the database is not there";
        ScratchFolder.Copy(Database, copy);
        var fault = await StoredContent.FindFaultAsync(copy, Table, Input, wanted);
        Directory.Delete(copy, recursive: true);
        return fault;
    }

    /// <summary>After a run that ended by itself: everything is as the oracle says, by the tool's own words.</summary>
    public async Task<string?> FindFaultAtEndAsync()
    {
        var count = await ToolAsync("count", "--db", Database, "--table", Table);
        if (count.Output.Trim() != Input.Stored.Count.ToString(CultureInfo.InvariantCulture))
            return $"count says {count.Output.Trim()} instead of {Input.Stored.Count}\n{count.Errors}";
        var scan = await ToolAsync("scan", "--db", Database, "--table", Table);
        if (!scan.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Row).SequenceEqual(Input.Stored.Select(r => (r.Id, r.Name, r.Amount))))
            return "the scan is not what the input says";
        if (!File.ReadLines(RejectsFile).Select(Reject).SequenceEqual(Input.Rejected.Select(r => ((long)r.Number, r.Offset, r.Code!))))
            return $"{RejectsFile} does not hold the rejected records in order";
        if (FaultOfAcks() is { } fault)
            return fault;
        var verify = await ToolAsync("verify", "--db", Database);
        if (verify.ExitCode != 0)
            return $"verify: exit code {verify.ExitCode}\n{verify.Output}{verify.Errors}";
        return await FindFaultAsync();
    }

    private static Task<ProcessResult> ToolAsync(params string[] arguments) => ChildProcess.RunAsync(ChildProcess.Dotnet, [Tool, .. arguments]);

    private string? FaultOfAcks()
    {
        var acks = Acks();
        for (var i = 1; i < acks.Length; i++)
        {
            if ((acks[i].Record <= acks[i - 1].Record && !WithoutLog) || acks[i].Lsn <= acks[i - 1].Lsn)
                return $"{AcksFile}, line {i + 1}: {acks[i]} comes after {acks[i - 1]}";
        }

        return acks is [.., var last] && last.Record > Input.Records.Count ? "more records are acknowledged than there are" : null;
    }

    private static (long Record, ulong Lsn) Ack(string line)
    {
        var tab = line.IndexOf('\t', StringComparison.Ordinal);
        return (long.Parse(line.AsSpan(0, tab), CultureInfo.InvariantCulture), ulong.Parse(line.AsSpan(tab + 1), CultureInfo.InvariantCulture));
    }

    private static (long Id, string Name, long? Amount) Row(string line)
    {
        using var json = JsonDocument.Parse(line);
        var amount = json.RootElement.GetProperty("amount");
        return (json.RootElement.GetProperty("id").GetInt64(), json.RootElement.GetProperty("name").GetString()!, amount.ValueKind == JsonValueKind.Null ? null : amount.GetInt64());
    }

    private static (long Record, long Offset, string Code) Reject(string line)
    {
        using var json = JsonDocument.Parse(line);
        return (json.RootElement.GetProperty("record").GetInt64(), json.RootElement.GetProperty("offset").GetInt64(), json.RootElement.GetProperty("code").GetString()!);
    }
}
