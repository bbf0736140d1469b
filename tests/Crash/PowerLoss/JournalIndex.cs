using System.Text;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>What a journal holds beside the bytes: its length, what had been marked when, and where syncs and names fell. Immutable.</summary>
internal sealed class JournalIndex
{
    private readonly Dictionary<string, List<(long Moment, ulong Value)>> _marks = [];

    public JournalIndex(string journal)
    {
        var events = new Dictionary<JournalOperation, List<long>>();
        Journal.Visit(File.ReadAllBytes(journal), (in JournalRecord record) =>
        {
            Last = record.Moment;
            if (record.Operation == JournalOperation.Mark)
                Add(Encoding.UTF8.GetString(record.Path), record.Moment, record.Value);
            else if (record.Operation is JournalOperation.Sync or JournalOperation.FailedSync or JournalOperation.DirectorySync or JournalOperation.Rename)
                (events.TryGetValue(record.Operation, out var moments) ? moments : events[record.Operation] = []).Add(record.Moment);
        });
        Events = events;
    }

    /// <summary>The moment of the last operation; the first is 1.</summary>
    public long Last { get; private set; }

    /// <summary>Where a defect shows first: right behind each sync, sync of a directory and rename.</summary>
    public IReadOnlyDictionary<JournalOperation, List<long>> Events { get; }

    /// <summary>The highest value that had been marked at a moment; 0 where none had.</summary>
    public ulong Marked(string tag, long moment)
    {
        var highest = 0UL;
        foreach (var mark in All(tag))
        {
            if (mark.Moment > moment)
                break;
            highest = Math.Max(highest, mark.Value);
        }

        return highest;
    }

    /// <summary>All marks of a tag, in the order of their moments.</summary>
    public IReadOnlyList<(long Moment, ulong Value)> All(string tag) => _marks.TryGetValue(tag, out var marks) ? marks : [];

    private void Add(string tag, long moment, ulong value) =>
        (_marks.TryGetValue(tag, out var marks) ? marks : _marks[tag] = []).Add((moment, value));
}
