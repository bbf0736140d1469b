using System.Globalization;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// The program that the tests start as a child: <c>write DIR SEED COMMITS BUG DIE-AT</c> writes the workload and goes on where a former
/// run ended; <c>check DIR SEED ACKED</c> says what is wrong with a database, by hand.
/// </summary>
internal static class HostProgram
{
    private static async Task<int> Main(string[] args)
    {
        if (args is ["write", var directory, var seed, var commits, var bug, var dieAt])
        {
            await new WriterHost(directory, new Workload(Number(seed)), Enum.Parse<PlantedBug>(bug)).RunAsync(Number(commits), Number(dieAt));
            return 0;
        }

        if (args is ["check", var database, var workload, var acked])
        {
            var fault = await DatabaseCheck.FindFaultAsync(database, new Workload(Number(workload)), Number(acked));
            Console.WriteLine(fault ?? "sound");
            return fault is null ? 0 : 2;
        }

        Console.Error.WriteLine("write DIR SEED COMMITS BUG DIE-AT | check DIR SEED ACKED");
        return 1;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
