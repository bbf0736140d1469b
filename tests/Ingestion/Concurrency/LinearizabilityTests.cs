using System.Collections.Concurrent;
using System.Globalization;
using CsCheck;
using Xunit.Abstractions;

namespace Helios.Pipeline.Ingestion.Tests.Concurrency;

/// <summary>
/// Several callers at once use one table of the real engine: their answers are those of some order of their calls, in which each call stands between its begin and
/// its answer. CsCheck makes and shrinks the calls; a failure prints its seed. HELIOS_LINEAR_SECONDS makes each of the two tests that long.
/// </summary>
public sealed class LinearizabilityTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int MostCallers = 4, MostCalls = 5;

    private static readonly int s_seconds = int.TryParse(Environment.GetEnvironmentVariable("HELIOS_LINEAR_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 2;

    private static readonly Gen<TableAction[][]> s_callers = TableAction.Any.Array[1, MostCalls].Array[2, MostCallers];

    private HeliosEngine _engine = null!;
    private Table _table = null!;

    public async Task InitializeAsync()
    {
        _engine = await HeliosEngine.OpenInMemoryAsync();
        _table = await _engine.TableAsync("shared", SharedTable.Schema);
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task Answers_to_callers_at_once_are_those_of_an_order_in_which_what_was_answered_came_before_what_began_later()
    {
        var (histories, calls) = (0, 0);
        var answers = new ConcurrentDictionary<string, int>();
        await s_callers.SampleAsync(
            async callers =>
            {
                var history = await TableHistory.RunAsync(new SharedTable(_table), callers);
                MustBeLinear(history);
                histories++;
                calls += history.Count;
                foreach (var call in history)
                    answers.AddOrUpdate($"{call.Action.Kind} {(call.Answer is "0" or "1" or "2" or TableAction.Duplicate ? call.Answer : call.Answer.StartsWith("none", StringComparison.Ordinal) ? "none" : "row")}", 1, static (_, count) => count + 1);
            },
            time: s_seconds,
            threads: 1); // the callers of one history have the processor to themselves
        output.WriteLine($"{histories} histories, {calls} calls: {string.Join(", ", answers.OrderBy(static answer => answer.Key).Select(static answer => $"{answer.Key} {answer.Value}"))}");
        Assert.All(["Insert duplicate_key", "Update duplicate_key", "Upsert duplicate_key", "Replace duplicate_key", "Replace 2", "InsertIfAbsent 0", "Delete 0", "Delete 1", "FindByName row"],
            what => Assert.True(answers.ContainsKey(what), $"in {histories} histories never: {what}"));
    }

    [Theory]
    [InlineData(nameof(StaleReads))]
    [InlineData(nameof(EarlyDeletes))]
    [InlineData(nameof(UncheckedInserts))]
    public async Task A_table_that_is_not_linearizable_is_noticed(string defect)
    {
        for (var history = 0; history < 20_000; history++)
        {
            // Not sampled by CsCheck: that would go on to shrink the history, and this only asks whether one is found.
            SharedTable table = defect switch { nameof(StaleReads) => new StaleReads(_table), nameof(EarlyDeletes) => new EarlyDeletes(_table), _ => new UncheckedInserts(_table) };
            var callers = s_callers.Single();
            var calls = await TableHistory.RunAsync(table, callers);
            if (LinearOrder.Exists(calls))
                continue;
            output.WriteLine($"after {history} histories:\n{string.Join('\n', calls)}");
            return;
        }

        Assert.Fail($"{defect} were not noticed");
    }

    [Fact]
    public void A_history_whose_order_is_told_by_a_third_caller_alone_is_refused()
    {
        var row = new TableAction(ActionKind.Insert, 0, 0, 1);
        var find = row with { Kind = ActionKind.Find };
        TableCall[] known = [new(0, row, "1", 1, 4), new(1, find, "0/1", 2, 3)];
        TableCall late = new(2, find, "none", 5, 6);

        Assert.True(LinearOrder.Exists(known));
        Assert.False(LinearOrder.Exists([.. known, late]));
        Assert.True(LinearOrder.Exists([.. known, late with { Begun = 0 }]));
    }

    /// <summary>CsCheck's own check: some order of the calls that keeps each thread's gives these answers and these rows.</summary>
    [Fact]
    public void Threads_at_once_get_the_answers_and_leave_the_rows_of_some_order_of_their_calls() =>
        Gen.Const(0).Select(_ => (new ParallelTable(_table), new ParallelModel())).SampleParallel(
            TableAction.Any.Operation<ParallelTable, ParallelModel>(static action => action.ToString(), static (table, action) => table.Call(action), static (model, action) => model.Call(action)),
            equal: static (table, model) => table.Rows() == model.Rows && table.Answers.Count == model.Answers.Count && model.Answers.All(answer => table.Answers[answer.Key] == answer.Value),
            maxSequentialOperations: 4,
            maxParallelOperations: 6,
            time: s_seconds,
            threads: MostCallers,
            writeLine: output.WriteLine);

    private static void MustBeLinear(IReadOnlyList<TableCall> calls)
    {
        if (!LinearOrder.Exists(calls))
            Assert.Fail($"no order of these calls gives these answers:\n{string.Join('\n', calls)}");
    }

    /// <summary>Threads of CsCheck's call it and wait.</summary>
    private sealed class ParallelTable(Table table)
    {
        private readonly SharedTable _table = new(table);

        public ConcurrentDictionary<int, string> Answers { get; } = new();

        public void Call(TableAction action) => Answers[action.Value] = Wait(action);

        public string Rows() => Wait(new TableAction(ActionKind.ReadAll, 0, 0, 0));

        private string Wait(TableAction action) => _table.CallAsync(action).GetAwaiter().GetResult();
    }

    private sealed class ParallelModel
    {
        private TableState _state;

        public string Rows => _state.ToString();

        public Dictionary<int, string> Answers { get; } = [];

        public void Call(TableAction action) => (Answers[action.Value], _state) = _state.Apply(action);
    }
}
