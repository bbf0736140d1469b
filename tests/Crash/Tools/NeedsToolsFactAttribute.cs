namespace Helios.Pipeline.Crash.Tests;

/// <summary>A test that needs programs of the system; without them it is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsToolsFactAttribute : FactAttribute
{
    public NeedsToolsFactAttribute(params string[] tools) => Skip = NeededTools.Missing(tools);
}

/// <summary>The same for a theory.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsToolsTheoryAttribute : TheoryAttribute
{
    public NeedsToolsTheoryAttribute(params string[] tools) => Skip = NeededTools.Missing(tools);
}

/// <summary>Programs that a test calls.</summary>
internal static class NeededTools
{
    /// <summary>Why a test that needs them cannot run, or null.</summary>
    public static string? Missing(string[] tools)
    {
        if (!OperatingSystem.IsLinux())
            return "These faults can be made on Linux only.";
        var missing = tools.Where(tool => !IsInstalled(tool)).ToArray();
        return missing.Length > 0 ? $"Not installed: {string.Join(", ", missing)}." : null;
    }

    private static bool IsInstalled(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, tool)));
}
