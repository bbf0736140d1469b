namespace Helios.Pipeline.Crash.Tests;

/// <summary>A test that needs programs of the system; without them it is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsToolsFactAttribute : FactAttribute
{
    public NeedsToolsFactAttribute(params string[] tools)
    {
        if (!OperatingSystem.IsLinux())
        {
            Skip = "These faults can be made on Linux only.";
            return;
        }

        var missing = tools.Where(tool => !IsInstalled(tool)).ToArray();
        if (missing.Length > 0)
            Skip = $"Not installed: {string.Join(", ", missing)}.";
    }

    private static bool IsInstalled(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, tool)));
}
