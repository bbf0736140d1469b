using System.Globalization;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>A directory that a host has left, with the recording of how it came to be, so that a power loss may come after a later command too. Read only.</summary>
/// <param name="Path">Copied for each use.</param>
/// <param name="Journal">To be joined with those of the commands on a copy.</param>
/// <param name="Workload">What its databases were written with.</param>
internal sealed record PreparedDirectory(string Path, string Journal, Workload Workload)
{
    /// <summary>Databases and a backup, as a kill leaves them.</summary>
    public static Task<PreparedDirectory> KilledAsync(PowerTools tools, ScratchFolder scratch, int seed) => RecordAsync(tools, scratch, "prepare", seed, exitCode: 137);

    /// <summary>A database that the next open compacts.</summary>
    public static Task<PreparedDirectory> LayersAsync(PowerTools tools, ScratchFolder scratch, int seed) => RecordAsync(tools, scratch, "layers", seed, exitCode: 0);

    private static async Task<PreparedDirectory> RecordAsync(PowerTools tools, ScratchFolder scratch, string host, int seed, int exitCode)
    {
        var prepared = new PreparedDirectory(scratch[$"{host}-made"], scratch[$"{host}-made.pls"], new Workload(seed, SafetyLevel.Full));
        var run = await tools.RecordAsync(prepared.Path, prepared.Journal, [host, prepared.Path, seed.ToString(CultureInfo.InvariantCulture)]);
        Assert.True(run.ExitCode == exitCode, $"exit code {run.ExitCode}: {run.CommandLine}\n{run.Errors}");
        return prepared;
    }
}
