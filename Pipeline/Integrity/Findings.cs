using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Collects what one check finds: the first problems by name, the others by number, so that a ruined database needs no more memory than a sound one.</summary>
internal sealed class Findings(string name)
{
    /// <summary>Problems that are named: enough to see a pattern, few enough for a line.</summary>
    private const int Named = 3;

    private readonly List<string> _named = [];

    public long Items { get; set; }

    public long Problems { get; private set; }

    /// <summary>The first problem; null where there is none.</summary>
    public string? First => _named.Count == 0 ? null : _named[0];

    /// <summary>False where damage ended the check before its end.</summary>
    public bool IsComplete { get; private set; } = true;

    public void Add(string problem)
    {
        Problems++;
        if (_named.Count < Named)
            _named.Add(problem.TrimEnd('.'));
    }

    /// <summary>Does one part of the check; damage that it meets becomes a problem, every other failure is thrown on.</summary>
    /// <returns>False where damage was met.</returns>
    public bool Try(Action part)
    {
        try
        {
            part();
            return true;
        }
        catch (HeliosException error) when (IsDamage(error))
        {
            Add(error.Message);
            return false;
        }
    }

    /// <summary>As <see cref="Try"/>, for a part that nothing of the check comes after.</summary>
    public void Complete(Action part) => IsComplete &= Try(part);

    public IntegrityResult Result(string sound)
    {
        if (Problems == 0)
            return new IntegrityResult(name, true, sound, Items);
        var more = Problems > _named.Count ? $"; and {Problems - _named.Count} more" : "";
        var ended = IsComplete ? "" : "; the check ended there";
        return new IntegrityResult(name, false, string.Join("; ", _named) + more + ended, Items);
    }

    /// <summary>Is it the database that is wrong, and not the disk, a newer program or the caller?</summary>
    public static bool IsDamage(HeliosException error) => error.Code is "corrupt" or "store_failed";
}
