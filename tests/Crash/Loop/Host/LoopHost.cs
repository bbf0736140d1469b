using System.Globalization;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// The child of one cycle: opens the database, tells what it holds, waits for the parent's word, and writes until it is killed. Every commit is told before
/// it is submitted, every answer after it was given.
/// </summary>
internal sealed class LoopHost(string directory, int seed, int cycle, LoopPhase target, string keys, string backups, LoopBug bug)
{
    private const int EnoughRows = 20_000;

    private readonly LoopVoice _voice = new();
    private readonly LoopOptions _options = LoopOptions.Draw(seed, cycle, bug);

    public async Task<int> RunAsync()
    {
        try
        {
            using var key = LoopKeys.Open(seed, keys);
            await RunAsync(key);
            return 0;
        }
        catch (Exception error)
        {
            _voice.Say("fault " + LoopVoice.OneLine(error is HeliosException { Code: var code } ? $"{code}: {error}" : error.ToString()));
            return 2;
        }
    }

    private async Task RunAsync(IKeyProvider? key)
    {
        var inRecovery = false;
        var engine = await HeliosEngine.OpenAsync(directory, _options.Engine(key) with
        {
            LoggerFactory = _voice,
            RecoveryProgress = _ =>
            {
                if (!inRecovery)
                    _voice.Enter(LoopPhase.Recovery);
                inRecovery = true;
            },
        });
        _voice.Enter(LoopPhase.Reading);
        await using (engine)
        {
            await PlantAsync(engine);
            var content = await LoopContent.ReadAsync(engine, (int)LoopWorkload.Mix(seed, cycle));
            _voice.Say(content.Lines());
            if (Console.ReadLine() is not { } go)
                return; // the parent has seen enough
            await WriteAsync(engine, content, go.Split(' ').Select(word => int.Parse(word, CultureInfo.InvariantCulture)).ToArray());
            _voice.Enter(LoopPhase.Close);
        }
    }

    private async Task WriteAsync(HeliosEngine engine, LoopContent content, int[] go)
    {
        var tables = new List<Table>();
        foreach (var (name, schema) in LoopWorkload.Tables)
            tables.Add(engine.FindTable(name) ?? await engine.TableAsync(name, schema)); // constraints may have come
        using var writer = new LoopWriter(engine, tables, new LoopWorkload(seed), _options, _voice, content, next: go[0], first: go[1], answersFirst: bug == LoopBug.AnswerBeforeCommit, flushesEarly: bug == LoopBug.FlushToldEarly);
        using var side = new LoopSideWork(engine, writer, _voice, seed, backups, nextKey: go[2]);
        var working = side.RunAsync(target);
        var alterations = new LoopAlterations(engine, _voice, content, new Random((int)LoopWorkload.Mix(seed, cycle + 3_000_000)));
        var random = new Random((int)LoopWorkload.Mix(seed, cycle + 1_000_000));
        var turn = 1 + random.Next(12); // commits between two checkpoints, backups, rotations or vacuums
        for (var commits = 0; writer.Rows < EnoughRows && !working.IsFaulted; commits++)
        {
            if (target == LoopPhase.Close && commits == 3 * turn)
                break;
            if (_options.SwitchAfter > 0 && commits == _options.SwitchAfter)
                await SwitchAsync(engine);
            if (commits % turn == turn - 1)
                side.Turn();
            if (_options.CheckpointEvery > 0 && commits % _options.CheckpointEvery == _options.CheckpointEvery - 1 && target is LoopPhase.Ingest)
                await writer.CheckpointAsync();
            if (_options.SnapshotEvery > 0 && commits % _options.SnapshotEvery == _options.SnapshotEvery - 1)
                await SnapshotAsync(engine);
            await writer.CommitNextAsync(random);
            if (alterations.WantsCheck())
                await writer.MustBeCheckedAsync();
            await alterations.TurnAsync();
        }

        await writer.DrainAsync();
        await alterations.DrainAsync();
        side.Stop();
        await working;
    }

    private static async Task SnapshotAsync(HeliosEngine engine)
    {
        try
        {
            await engine.SnapshotIndexesAsync();
        }
        catch (HeliosException error) when (error.Code == "busy")
        {
            // Keys of an index have begun to go to the store during the walk, or too much was written: the next one is made without it.
        }
    }

    private async Task SwitchAsync(HeliosEngine engine)
    {
        await engine.UseSafetyLevelAsync(_options.SwitchTo);
        _voice.Say($"level {_options.SwitchTo}");
    }

    private async Task PlantAsync(HeliosEngine engine)
    {
        if (engine.FindTable(LoopWorkload.Tables[LoopWorkload.Trips].Name) is not { } table)
            return;
        if (bug == LoopBug.WrongCount)
            engine.Parts.Published.Load(table.Plan.Definition.Id, engine.Parts.Published.Rows(table.Plan.Definition.Id) + 1);
        // Nobody writes yet: the tree is this thread's.
        if (bug == LoopBug.WrongEntry)
            table.Plan.Trees[1].Push("nobody's"u8, new KeyVersion(new RowId(1), engine.Visible, Vacated: false));
        if (bug == LoopBug.ForgottenConstraint)
            await LoopPlantedConstraint.ForgetAsync(engine);
        if (bug == LoopBug.LostFilledEntry)
            await LoopPlantedConstraint.LoseEntriesAsync(engine);
        if (bug != LoopBug.LostRow)
            return;
        using var view = engine.OpenView();
        using var rows = view.Scan(table.Plan);
        if (!rows.MoveNext())
            return;
        using var session = engine.OpenSession();
        session.Envelope.Writes.Snapshot = view.Lsn;
        LoopChange.Delete(table, rows.RowId, rows.Version, rows.Row, session.Envelope.Writes);
        await session.CommitAsync();
    }
}
