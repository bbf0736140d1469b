using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>What a pass over an open store has looked at, and the damage that it met: the first problems by name, all by number. One writer, any reader.</summary>
internal sealed class ScrubFindings
{
    /// <summary>Problems that are named: a ruined store needs no more memory than a sound one.</summary>
    public const int MostNamed = 100;

    private readonly Lock _gate = new();
    private readonly List<string> _named = [];
    private long _problems;

    /// <summary>Versions of rows that were read.</summary>
    public long Rows { get; set; }

    /// <summary>Other keys.</summary>
    public long Keys { get; set; }

    /// <summary>Bytes of their keys and values, uncompressed.</summary>
    public long Bytes { get; set; }

    /// <summary>All problems.</summary>
    public long Problems => Volatile.Read(ref _problems);

    /// <summary>The first of them.</summary>
    public IReadOnlyList<string> Named
    {
        get
        {
            lock (_gate)
                return [.. _named];
        }
    }

    /// <summary>Told of each problem that is named.</summary>
    public Action<string>? Found { get; init; }

    public void Add(string problem)
    {
        lock (_gate)
        {
            Interlocked.Increment(ref _problems);
            if (_named.Count >= MostNamed)
                return;
            _named.Add(problem.TrimEnd('.'));
        }

        Found?.Invoke(problem.TrimEnd('.'));
    }

    /// <summary>Can a part of the store not be read, so that the rest is to be gone on with?</summary>
    public static bool IsUnreadable(HeliosException error) => Findings.IsDamage(error) || error.Code == "io_error";
}
