using System.Collections.Concurrent;
using System.Diagnostics;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>A program that a test started: its output, its lines on stderr as they come, its end. Disposing kills it where it still runs.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly Task<string> _output;
    private readonly Task _errorReader;
    private readonly Task _ended;

    public ChildProcess(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, Action<string>? onError = null, bool hasInput = false)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = hasInput, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        // The test runner's own settings for the runtime are not meant for its children.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("CORECLR_", StringComparison.Ordinal) || k == "DOTNET_STARTUP_HOOKS").ToArray())
            start.Environment.Remove(name);
        CommandLine = program + " " + string.Join(' ', start.ArgumentList.Select(Quote));
        _process = Process.Start(start)!;
        _ended = _process.WaitForExitAsync();
        _output = _process.StandardOutput.ReadToEndAsync();
        _errorReader = Task.Run(async () =>
        {
            while (await _process.StandardError.ReadLineAsync() is { } line)
            {
                _errors.Enqueue(line);
                onError?.Invoke(line);
            }
        });
    }

    public static string Dotnet { get; } =
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    public string CommandLine { get; }

    /// <summary>Completes when the process is gone.</summary>
    public Task Ended => _ended;

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Gives it a line, where it was started with an input of its own; nothing where it is gone.</summary>
    public async Task TellAsync(string line)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(line);
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            await _ended; // whoever waits for an answer sees that it is gone
        }
    }

    /// <summary>Waits for the end, at most two minutes.</summary>
    public async Task<ProcessResult> EndAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"It did not end: {CommandLine}\n{string.Join('\n', _errors)}");
        }

        await _errorReader;
        return new ProcessResult(_process.ExitCode, await _output, string.Join('\n', _errors), CommandLine);
    }

    public static async Task<ProcessResult> RunAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var child = new ChildProcess(program, arguments, environment);
        return await child.EndAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static string Quote(string argument) => argument.Any(char.IsWhiteSpace) ? $"'{argument}'" : argument;
}

/// <summary>How a program ended.</summary>
internal sealed record ProcessResult(int ExitCode, string Output, string Errors, string CommandLine)
{
    public ProcessResult MustSucceed() =>
        ExitCode == 0 ? this : throw new InvalidOperationException($"Exit code {ExitCode}: {CommandLine}\n{Errors}\n{Output}");
}
