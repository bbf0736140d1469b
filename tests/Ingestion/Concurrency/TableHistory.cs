using System.Collections.Concurrent;
using System.Globalization;

namespace Helios.Pipeline.Ingestion.Tests.Concurrency;

/// <summary>One call and its answer. The moments count calls and answers of all callers, in the order in which they were seen.</summary>
internal sealed record TableCall(int Caller, TableAction Action, string Answer, int Begun, int Answered)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{Begun,3} to {Answered,3}] caller {Caller}: {Action} = {Answer}");
}

/// <summary>Callers at once: what each has called and was answered, and when.</summary>
internal static class TableHistory
{
    /// <summary>Runs the callers, each one call after the other; then one call more reads what is left.</summary>
    public static async Task<IReadOnlyList<TableCall>> RunAsync(SharedTable table, TableAction[][] callers)
    {
        var calls = new ConcurrentQueue<TableCall>();
        var moment = 0;
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = callers.Select((actions, caller) => Task.Run(async () =>
        {
            await go.Task;
            foreach (var action in actions)
                await CallAsync(caller, action);
        })).ToArray();
        go.SetResult();
        await Task.WhenAll(running);
        await table.EndAsync();
        await CallAsync(callers.Length, new TableAction(ActionKind.ReadAll, 0, 0, 0));
        return [.. calls];

        async Task CallAsync(int caller, TableAction action)
        {
            var begun = Interlocked.Increment(ref moment);
            var answer = await table.CallAsync(action);
            calls.Enqueue(new TableCall(caller, action, answer, begun, Interlocked.Increment(ref moment)));
        }
    }
}
