using System.Diagnostics;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>A replayer that has read one journal and makes state after state of it. One caller at a time.</summary>
internal sealed class Replayer : IDisposable
{
    private readonly Process _process;
    private readonly string _program;
    private readonly string _journal;
    private readonly Task<string> _errors;

    public Replayer(string program, string journal)
    {
        (_program, _journal) = (program, journal);
        _process = Process.Start(new ProcessStartInfo(program, [journal, "--batch"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Makes the directory that a loss at a moment could leave; returns the command that makes it again.</summary>
    public async Task<string> MakeAsync(PowerMoment moment, string into)
    {
        await _process.StandardInput.WriteLineAsync($"{moment.Text} {into}");
        await _process.StandardInput.FlushAsync();
        var answer = await _process.StandardOutput.ReadLineAsync();
        var words = moment.Text.Split(' ');
        var command = $"{_program} {_journal} --at {words[0]} --mode {words[1]} --meta {words[2]} --seed {words[3]} --out {into}";
        if (answer == "0")
            return command;
        _process.StandardInput.Close(); // it ends, and has said all that it has to say
        throw new InvalidOperationException($"{command} ended with {answer ?? "nothing"}: {await _errors}");
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
