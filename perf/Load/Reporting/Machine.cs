using System.Diagnostics;
using System.Runtime;
using System.Runtime.InteropServices;

namespace Helios.Pipeline.Load;

/// <summary>Where figures were measured, in words.</summary>
internal static class Machine
{
    public static string Processor => Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();

    public static string ProcessorDetail => $"family {Field("/proc/cpuinfo", "cpu family")}, model {Field("/proc/cpuinfo", "model")}";

    public static double MemoryGiB => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30);

    public static string Kernel => File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    public static string Runtime => $"{RuntimeInformation.FrameworkDescription}, {(GCSettings.IsServerGC ? "server" : "workstation")} garbage collector";

    /// <summary>The file system that a directory is on.</summary>
    public static string FileSystem(string directory)
    {
        var best = DriveInfo.GetDrives()
            .Where(drive => directory.StartsWith(drive.Name, StringComparison.Ordinal))
            .MaxBy(drive => drive.Name.Length);
        return best?.DriveFormat ?? "unknown";
    }

    /// <summary>The commit that is checked out, marked where files differ from it.</summary>
    public static string Commit()
    {
        var name = Git("rev-parse --short=12 HEAD");
        return name is null ? "unknown" : Git("status --porcelain --untracked-files=no") is "" ? name : name + " with local changes";
    }

    private static string? Field(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.Split(':')[0].Trim() == name)?.Split(':')[1].Trim();

    private static string? Git(string arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var text = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? text : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // no git here: the report says so
        }
    }
}
