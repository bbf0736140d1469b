using System.Text;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Model.Tests;

/// <summary>Takes a CSV in: some records of one of a few fixed inputs, so that inputs come again, longer, or with another end.</summary>
internal sealed record Ingest(int Table, int Source, int Records, bool WithOtherEnd, int CommitRows) : Operation
{
    private const string Header = "a,b,c\n";

    public override async Task RunAsync(SequenceRun run)
    {
        if (run.Table(Table) is null)
            return;
        var content = Header + string.Concat(Enumerable.Range(1, Records).Select(Line));
        var (key, known) = Known(run.Model.Head, content);
        var commits = Commits(content, key, known).ToList();
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(content));
        IngestReport? report = null;
        var answer = await Answer.OfAsync(async () =>
        {
            report = await run.Engine.IngestAsync(stream, "input.csv", ModelSchema.Tables[Table].Name, new IngestOptions { CommitRows = CommitRows });
            return default;
        });
        if (run.IsFaulted && commits.Count > 0)
        {
            answer.IsRefused(HeliosErrorKind.Unavailable);
            return;
        }

        Assert.Null(answer.Error);
        Apply(run, commits, known, report!);
        run.Defect.AfterSource(run, Table, key);
    }

    public override IEnumerable<Operation> Smaller() => Records > 1 ? [this with { Records = Records - 1 }] : [];

    /// <summary>The record at a place, from 1. The third one of each input is no number.</summary>
    private string Line(int at) => at == 3 ? "x,y,1\n" : $"{(Source * 2) + at},s{(Source + at) % 5},{(at % 4 == 0 ? "" : at + Source)}{(WithOtherEnd && at == Records ? "9" : "")}\n";

    /// <summary>
    /// The source that this content goes on, the furthest first; without one it is a new source, known by all of its content,
    /// or by a little less where another source is known by that.
    /// </summary>
    private (string Key, ModelSource? Known) Known(ModelState state, string content)
    {
        var known = state.Sources
            .Where(s => s.Key.Table == Table && content.StartsWith(s.Key.Key, StringComparison.Ordinal) && content.StartsWith(s.Value.Taken, StringComparison.Ordinal))
            .OrderByDescending(static s => s.Value.Taken.Length).ToList();
        if (known.Count > 0)
            return (known[0].Key.Key, known[0].Value);
        var key = content;
        while (state.Sources.ContainsKey((Table, key)))
            key = key[..^1];
        return (key, null);
    }

    /// <summary>A commit for every so many records, each with the source's new position, and one that marks the end.</summary>
    private IEnumerable<ModelRequest> Commits(string content, string key, ModelSource? known)
    {
        var taken = known?.Taken;
        foreach (var lines in content[(taken ?? Header).Length..].Split('\n', StringSplitOptions.RemoveEmptyEntries).Chunk(CommitRows))
        {
            var rows = lines.Where(static line => line[0] != 'x').Select(Row).ToArray();
            var after = (taken ?? Header) + string.Concat(lines.Select(static line => line + "\n"));
            yield return new ModelRequest([new TableRows(Table, rows)], OnReject.RejectRow)
            {
                Source = new SourceMove(Table, key, taken, after, lines.Length),
                RefusedRecords = lines.Length - rows.Length,
            };
            taken = after;
        }

        if (taken != known?.Taken || known is { Complete: false })
            yield return new ModelRequest([], OnReject.RejectCommit) { Source = new SourceMove(Table, key, taken, taken!, null) };
    }

    private static ModelRow Row(string line)
    {
        var fields = line.Split(',');
        return new ModelRow(long.Parse(fields[0]), fields[1], fields[2].Length == 0 ? null : long.Parse(fields[2]));
    }

    private static void Apply(SequenceRun run, List<ModelRequest> commits, ModelSource? known, IngestReport report)
    {
        var lsn = run.Engine.Visible.Value - (ulong)commits.Count;
        var (rows, rejected) = (0, 0);
        foreach (var commit in commits)
        {
            var decision = run.Model.Decide(commit);
            Assert.Null(decision.Refusal);
            run.Acknowledged(++lsn, decision.Changes);
            rows += decision.Stored;
            rejected += decision.Rejected.Count + (commit.RefusedRecords ?? 0);
        }

        run.Note(known is null ? "source: new" : commits.Count == 0 ? "source: known" : "source: gone on");
        Assert.Equal((rows, rejected, known?.Record ?? 0, true), (report.Rows, report.Rejected, report.ResumedAt, report.IsComplete));
    }
}

/// <summary>Moves a source of the caller's own with a commit, from where it stands or from where it does not.</summary>
internal sealed record MoveSource(int Number, TableRows Rows, bool FromWhereItStands) : Operation
{
    public override async Task RunAsync(SequenceRun run)
    {
        if (run.Table(Rows.Table) is not { } table)
            return;
        var key = SourceNames.OfNumber(Number);
        var known = run.Model.Head.Sources.GetValueOrDefault((Rows.Table, key));
        var after = (known?.Taken ?? "") + "x";
        var move = new SourceMove(Rows.Table, key, FromWhereItStands ? known?.Taken : "elsewhere", after, 1);
        await run.CommitAsync(new ModelRequest([Rows], OnReject.RejectRow) { Source = move }, async () =>
        {
            using var session = run.Engine.OpenSession();
            var progress = new SourceProgress(table.Plan.Definition.Id, new SourceKey(SourceNames.Fingerprint(key), 1)) { Offset = after.Length, Record = (known?.Record ?? 0) + 1 };
            session.Envelope.Changes.MoveSource(progress, FromWhereItStands ? known?.Taken.Length ?? -1 : 99);
            foreach (var row in Rows.Rows)
                session.Insert(table, Tests.Rows.Of(table, row));
            return await session.CommitAsync(Durability.Visible, OnReject.RejectRow);
        });
        if (FromWhereItStands && !run.IsFaulted)
            run.Defect.AfterSource(run, Rows.Table, key);
    }

    public override IEnumerable<Operation> Smaller() => WithoutOneRow(Rows).Select(rows => this with { Rows = rows });
}
