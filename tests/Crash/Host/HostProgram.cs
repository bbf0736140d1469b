using System.Globalization;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>The program that the tests start as a child; <see cref="Usage"/> says what it does. Exit code 0; 1 wrong use; 2 where something is not as promised.</summary>
internal static class HostProgram
{
    private const string Usage = """
        write DIR LEVEL SEED COMMITS BUG DIE-AT                writes the workload, and goes on where a former run ended
        resume DIR SEED COMMITS RULE                           writes it, meets a full disk, resumes
        backup DIR SEED BUG                                    backs up and restores while it writes
        loop DIR SEED CYCLE TARGET KEYS BACKUPS BUG            one cycle of a crash loop
        rotate DIR ANSWERED TRIED                              writes an encrypted one and rotates its key
        vacuum DIR                                             changes and deletes rows and vacuums the table
        prepare DIR SEED                                       leaves a database with a backup and an encrypted one, as a kill does
        layers DIR SEED                                        leaves a closed database that the next open compacts
        check DIR LEVEL SEED PROMISE UNLOGGED                  says what is wrong with a database, by hand; true: opens it without a log first
        """;

    private static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["write", var directory, var level, var seed, var commits, var bug, var dieAt]:
                await WriteAsync(directory, Workload.Of(Number(seed), level), Number(commits), Enum.Parse<PlantedBug>(bug), Number(dieAt));
                return 0;
            case ["resume", var directory, var seed, var commits, var rule]:
                return Say(await new ResumeHost(directory, new Workload(Number(seed), SafetyLevel.Full)).FindFaultAsync(Number(commits), rule));
            case ["backup", var directory, var seed, var bug]:
                await new BackupHost(directory, new Workload(Number(seed), SafetyLevel.Full), Enum.Parse<PlantedBug>(bug)).RunAsync();
                return 0;
            case ["loop", var directory, var seed, var cycle, var target, var keys, var backups, var bug]:
                return await new LoopHost(directory, Number(seed), Number(cycle), Enum.Parse<LoopPhase>(target), keys, backups, Enum.Parse<LoopBug>(bug)).RunAsync();
            case ["rotate", var directory, var answered, var tried]:
                await new RotatingHost(directory).RunAsync(Number(answered), Number(tried));
                return 0;
            case ["vacuum", var directory]:
                await new VacuumingHost(directory).RunAsync();
                return 0;
            case ["prepare", var directory, var seed]:
                await new PreparingHost(directory, new Workload(Number(seed), SafetyLevel.Full)).LeaveKilledAsync();
                return 0;
            case ["layers", var directory, var seed]:
                await new PreparingHost(directory, new Workload(Number(seed), SafetyLevel.Full)).LeaveLayersAsync();
                return 0;
            case ["check", var directory, var level, var seed, var promise, var unlogged]:
                return Say(await new DatabaseCheck(directory, Workload.Of(Number(seed), level)) { OpensUnlogged = bool.Parse(unlogged) }.FindFaultAsync(Promise.Parse(promise)));
            default:
                Console.Error.WriteLine(Usage);
                return 1;
        }
    }

    private static Task WriteAsync(string directory, Workload workload, int commits, PlantedBug bug, int dieAt) => workload.HasLongCommits
        ? new WriterHost(directory, workload, bug).RunAsync(commits, dieAt)
        : new LevelHost(directory, workload, bug).RunAsync(commits, dieAt);

    private static int Say(string? fault)
    {
        Console.WriteLine(fault ?? "sound");
        return fault is null ? 0 : 2;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
