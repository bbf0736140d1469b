using System.Globalization;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>What one child has told so far. Lines come from the thread that reads the pipe; the lists are read when the child has ended, or its content is complete.</summary>
internal sealed class LoopTrace(SafetyLevel level, bool withoutLog)
{
    /// <summary>Commits after which nobody waits any more for a recovery that had nothing to recover.</summary>
    private const int Missed = 20;

    private static readonly int s_phases = Enum.GetValues<LoopPhase>().Length;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _read = NewSource();
    private readonly bool[] _open = new bool[s_phases];
    private readonly int[] _entered = new int[s_phases];
    private (LoopPhase Phase, int Time, TaskCompletionSource Reached) _awaited = (LoopPhase.Starting, 0, NewSource());

    public LoopContent Content { get; } = new();

    /// <summary>Completes when <see cref="Content"/> is whole.</summary>
    public Task Read => _read.Task;

    public List<LoopCommit> Intents { get; } = [];

    public List<(int Commit, ulong Lsn)> Answers { get; } = [];

    /// <summary>Constraints that were to be added or dropped, in order.</summary>
    public List<LoopAlteration> Alterations { get; } = [];

    /// <summary>Added constraints that were awaited until they were valid.</summary>
    public int Filled { get; private set; }

    /// <summary>Backups that count, by what the child was told.</summary>
    public List<(long Id, ulong Lsn)> Backups { get; } = [];

    public List<int> KeysTried { get; } = [];

    /// <summary>The key that the last finished rotation has gone to.</summary>
    public int? Key { get; private set; }

    public SafetyLevel Level { get; private set; } = level;

    /// <summary>Does it work without a log?</summary>
    public bool WithoutLog { get; } = withoutLog;

    /// <summary>Without a log: the LSN up to which everything is flushed, as the child was told.</summary>
    public ulong Flushed { get; private set; }

    /// <summary>Index snapshots that it has made.</summary>
    public int Snapshots { get; private set; }

    /// <summary>Times that entries of its indexes have gone to the store.</summary>
    public int Spills { get; private set; }

    /// <summary>Vacuums that have ended.</summary>
    public int Vacuums { get; private set; }

    /// <summary>Versions and keys that they have removed.</summary>
    public long Vacuumed { get; private set; }

    /// <summary>What the child itself has found wrong.</summary>
    public string? Fault { get; private set; }

    /// <summary>Where the child is; when it has ended, where it was.</summary>
    public LoopPhase Phase
    {
        get
        {
            lock (_gate)
                return (LoopPhase)Math.Max(0, Array.LastIndexOf(_open, true));
        }
    }

    public bool Entered(LoopPhase phase)
    {
        lock (_gate)
            return _entered[(int)phase] > 0;
    }

    /// <summary>Completes when a phase has been entered so many times; at most one caller.</summary>
    public Task ReachedAsync(LoopPhase phase, int times)
    {
        lock (_gate)
        {
            _awaited = (phase, times, NewSource());
            Notice();
            return _awaited.Reached.Task;
        }
    }

    public void Take(string line)
    {
        // A line that the kill has cut was not told.
        if (!line.StartsWith(LoopVoice.Begin, StringComparison.Ordinal) || !line.EndsWith(LoopVoice.End, StringComparison.Ordinal))
            return;
        var words = line[LoopVoice.Begin.Length..^LoopVoice.End.Length].Split(' ');
        switch (words[0])
        {
            case "+":
                Enter(Enum.Parse<LoopPhase>(words[1]));
                break;
            case "-":
                lock (_gate)
                    _open[(int)Enum.Parse<LoopPhase>(words[1])] = false;
                break;
            case "i":
                Intents.Add(LoopCommit.Parse(words.AsSpan(1)));
                Enter(LoopPhase.Ingest); // once for every commit
                break;
            case "a":
                Answers.Add((int.Parse(words[1], CultureInfo.InvariantCulture), ulong.Parse(words[2], CultureInfo.InvariantCulture)));
                break;
            case "alter":
                Alterations.Add(new LoopAlteration(LoopConstraint.Parse(words.AsSpan(1)), bool.Parse(words[3]), Answers.Count > 0 ? Answers[^1].Commit + 1 : 0));
                break;
            case "altered":
                (Alterations[^1].Lsn, Alterations[^1].FirstAfter) = (ulong.Parse(words[1], CultureInfo.InvariantCulture), Intents[^1].Number + 1);
                break;
            case "filled":
                Filled++;
                break;
            case "flushed":
                Flushed = Math.Max(Flushed, ulong.Parse(words[1], CultureInfo.InvariantCulture));
                break;
            case "backup":
                Backups.Add((long.Parse(words[1], CultureInfo.InvariantCulture), ulong.Parse(words[2], CultureInfo.InvariantCulture)));
                break;
            case "key":
                KeysTried.Add(int.Parse(words[1], CultureInfo.InvariantCulture));
                break;
            case "key-is":
                Key = int.Parse(words[1], CultureInfo.InvariantCulture);
                break;
            case "vacuumed":
                Vacuums++;
                Vacuumed += long.Parse(words[1], CultureInfo.InvariantCulture);
                break;
            case "level":
                Level = Enum.Parse<SafetyLevel>(words[1]);
                break;
            case LoopVoice.SnapshotMade:
                Snapshots++;
                break;
            case LoopVoice.Spilled:
                Spills++;
                break;
            case "fault":
                Fault ??= string.Join(' ', words[1..]);
                break;
            default:
                Content.Take(words);
                if (Content.IsComplete)
                    _read.TrySetResult();
                break;
        }
    }

    private void Enter(LoopPhase phase)
    {
        lock (_gate)
        {
            // An open is over when the reading begins.
            if (phase == LoopPhase.Reading)
                _open[(int)LoopPhase.Opening] = _open[(int)LoopPhase.Recovery] = false;
            _open[(int)phase] = true;
            _entered[(int)phase]++;
            Notice();
        }
    }

    private void Notice()
    {
        var (phase, times, reached) = _awaited;
        var missed = phase == LoopPhase.Recovery && _entered[(int)LoopPhase.Ingest] >= Missed;
        if (times > 0 && (missed || _entered[(int)phase] >= times))
            reached.TrySetResult();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
