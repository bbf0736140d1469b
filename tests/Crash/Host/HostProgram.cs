using System.Globalization;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// The program that the tests start as a child: <c>write DIR LEVEL SEED COMMITS BUG DIE-AT</c> writes the workload and goes on where a
/// former run ended; <c>check DIR LEVEL SEED PROMISED TOLD</c> says what is wrong with a database, by hand; <c>resume DIR SEED COMMITS RULE</c> meets a full disk;
/// <c>rotate DIR ANSWERED TRIED</c> writes an encrypted one and rotates its key.
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

        if (args is ["resume", var resumed, var resumedSeed, var half, var rule])
        {
            var fault = await new ResumeHost(resumed, new Workload(Number(resumedSeed), SafetyLevel.Full)).FindFaultAsync(Number(half), rule);
            Console.WriteLine(fault ?? "sound");
            return fault is null ? 0 : 2;
        }

        if (args is ["rotate", var encrypted, var answered, var tried])
        {
            await new RotatingHost(encrypted).RunAsync(Number(answered), Number(tried));
            return 0;
        }

        if (args is ["check", var database, var checkedLevel, var checkedSeed, var promised, var told])
        {
            var fault = await new DatabaseCheck(database, new Workload(Number(checkedSeed), Level(checkedLevel))).FindFaultAsync(Number(promised), new Lsn(ulong.Parse(told, CultureInfo.InvariantCulture)));
            Console.WriteLine(fault ?? "sound");
            return fault is null ? 0 : 2;
        }

        Console.Error.WriteLine("write DIR LEVEL SEED COMMITS BUG DIE-AT | rotate DIR ANSWERED TRIED | check DIR LEVEL SEED PROMISED TOLD");
        return 1;
    }

    private static SafetyLevel Level(string text) => Enum.Parse<SafetyLevel>(text);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
