using System.Globalization;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// The program that the tests start as a child: <c>write DIR LEVEL SEED COMMITS BUG DIE-AT</c> writes the workload and goes on where a
/// former run ended; <c>backup DIR SEED BUG</c> backs up and restores while it writes; <c>check DIR LEVEL SEED PROMISE</c> says what is wrong with a database, by hand.
/// </summary>
internal static class HostProgram
{
    private static async Task<int> Main(string[] args)
    {
        if (args is ["write", var directory, var level, var seed, var commits, var bug, var dieAt])
        {
            var (workload, planted) = (new Workload(Number(seed), Level(level)), Enum.Parse<PlantedBug>(bug));
            if (workload.Level == SafetyLevel.Full)
                await new WriterHost(directory, workload, planted).RunAsync(Number(commits), Number(dieAt));
            else
                await new LevelHost(directory, workload, planted).RunAsync(Number(commits), Number(dieAt));
            return 0;
        }

        if (args is ["backup", var all, var backupSeed, var backupBug])
        {
            await new BackupHost(all, new Workload(Number(backupSeed), SafetyLevel.Full), Enum.Parse<PlantedBug>(backupBug)).RunAsync();
            return 0;
        }

        if (args is ["check", var database, var checkedLevel, var checkedSeed, var promise])
        {
            var fault = await new DatabaseCheck(database, new Workload(Number(checkedSeed), Level(checkedLevel))).FindFaultAsync(Promise.Parse(promise));
            Console.WriteLine(fault ?? "sound");
            return fault is null ? 0 : 2;
        }

        Console.Error.WriteLine("write DIR LEVEL SEED COMMITS BUG DIE-AT | backup DIR SEED BUG | check DIR LEVEL SEED PROMISE");
        return 1;
    }

    private static SafetyLevel Level(string text) => Enum.Parse<SafetyLevel>(text);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
