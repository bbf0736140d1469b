using System.Globalization;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>What of the operations before a power loss is there after it.</summary>
internal enum LossMode
{
    /// <summary>What a successful sync covered: the harshest state that is legal.</summary>
    Synced,

    /// <summary>That, and a legal part of the rest.</summary>
    Random,

    /// <summary>Everything: the process was killed, the system goes on.</summary>
    Kill,
}

/// <summary>When a name is durable.</summary>
internal enum NameRule
{
    /// <summary>After a sync of its directory, as POSIX says.</summary>
    Strict,

    /// <summary>After any later sync, in order, as journaling file systems have it.</summary>
    Journal,
}

/// <summary>One state: a moment of a journal, and what is left of it.</summary>
internal sealed record PowerMoment(long At, LossMode Mode, NameRule Names, int Seed)
{
    private static readonly (LossMode Mode, NameRule Names)[] s_kinds =
    [
        (LossMode.Synced, NameRule.Strict), (LossMode.Random, NameRule.Strict), (LossMode.Synced, NameRule.Journal), (LossMode.Random, NameRule.Journal), (LossMode.Kill, NameRule.Strict),
    ];

    /// <summary>As the replayer wants it: moment, mode, rule, seed.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{At} {Mode.ToString().ToLowerInvariant()} {Names.ToString().ToLowerInvariant()} {Seed}");

    public string Folder => $"state-{Text.Replace(' ', '-')}";

    /// <summary>
    /// Draws states of a part of a journal: at most half of them right behind syncs, syncs of directories and renames, as many of each kind as there are, the
    /// rest one in each of equal parts, so that creation, kill, recovery and close are all met. The kinds of loss take turns.
    /// </summary>
    public static IReadOnlyList<PowerMoment> Draw(JournalIndex journal, int states, int seed, long from = 1, long to = long.MaxValue)
    {
        to = Math.Min(to, journal.Last);
        var random = new Random(seed);
        var moments = BehindEvents(journal, states / 2, random, from, to);
        var spread = states - moments.Count;
        var length = to - from + 1;
        for (var i = 0; i < spread; i++)
            moments.Add(Math.Min(to, from + (length * i / spread) + random.NextInt64(Math.Max(1, length / spread))));
        return [.. moments.Select((at, i) => new PowerMoment(at, s_kinds[i % s_kinds.Length].Mode, s_kinds[i % s_kinds.Length].Names, random.Next(1, int.MaxValue)))];
    }

    private static List<long> BehindEvents(JournalIndex journal, int count, Random random, long from, long to)
    {
        var kinds = new List<long[]>();
        foreach (var (_, all) in journal.Events.OrderBy(static kind => kind.Key))
        {
            var moments = all.Where(moment => moment >= from && moment <= to).ToArray();
            random.Shuffle(moments);
            kinds.Add(moments);
        }

        return [.. Enumerable.Range(0, count).SelectMany(i => kinds.Where(kind => i < kind.Length).Select(kind => kind[i])).Take(count)];
    }
}
