using System.Text;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// What a child of a crash loop tells its parent: lines on stderr, a pipe, which outlives the child. A line is in the pipe when the call returns; the mark at its
/// end tells a whole one from one that the kill has cut. Thread-safe.
/// </summary>
internal sealed class LoopVoice : ILoggerFactory, ILogger, IDisposable
{
    /// <summary>An open with other bounds for its indexes reads the rows, and a snapshot that holds too much log goes: neither is a fault.</summary>
    public const int SnapshotRefused = 1005, SnapshotGivenUp = 2403;

    /// <summary>An index snapshot is there; entries of an index have gone to the store.</summary>
    public const string SnapshotMade = "snapshot-made", Spilled = "spilled";

    public const string Begin = "@", End = " .";

    private readonly Stream _out = Console.OpenStandardError();
    private readonly Lock _gate = new();

    public void Say(string line) => Say([line]);

    public void Say(IEnumerable<string> lines)
    {
        var text = new StringBuilder();
        foreach (var line in lines)
            text.Append(Begin).Append(line).Append(End).Append('\n');
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        lock (_gate)
            _out.Write(bytes); // no buffer of its own
    }

    public void Enter(LoopPhase phase) => Say($"+ {phase}");

    public void Leave(LoopPhase phase) => Say($"- {phase}");

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        switch (eventId.Id)
        {
            case 1000:
                Enter(LoopPhase.Opening);
                break;
            case 2001:
                Enter(LoopPhase.Checkpoint);
                break;
            case 2002:
                Leave(LoopPhase.Checkpoint);
                break;
            case 2100:
                Enter(LoopPhase.Backup);
                break;
            case 2101:
                Leave(LoopPhase.Backup);
                break;
            case 2401:
                Say(SnapshotMade);
                break;
            case 2410:
                Say(Spilled);
                break;
            case SnapshotRefused or SnapshotGivenUp:
                break;
            default:
                if (logLevel >= LogLevel.Warning)
                    Say("fault " + OneLine($"{formatter(state, exception)} {exception?.Message}"));
                break;
        }
    }

    public static string OneLine(string text) => text.ReplaceLineEndings(" ");

    public void Dispose() => _out.Dispose();
}
