namespace Helios.Pipeline.Model.Tests;

/// <summary>Makes a failing sequence shorter: leaves out halves, quarters, … single steps, then makes single steps smaller, until nothing more can go.</summary>
internal sealed class ListShrinker(Func<IReadOnlyList<Operation>, Task<Exception?>> run, int maxRuns)
{
    private int _runs;
    private Operation[] _smallest = [];
    private Exception? _error;

    /// <summary>The smallest sequence found that fails, and how.</summary>
    public async Task<(Operation[] Operations, Exception Error)> ShrinkAsync(Operation[] failing, Exception error)
    {
        (_smallest, _error) = (failing, error);
        while (await LeaveOutAsync() | await MakeSmallerAsync())
        {
        }

        return (_smallest, _error);
    }

    private async Task<bool> LeaveOutAsync()
    {
        var any = false;
        for (var length = Math.Max(1, _smallest.Length / 2); length > 0; length /= 2)
        {
            for (var at = 0; at + length <= _smallest.Length;)
            {
                if (await TryAsync([.. _smallest[..at], .. _smallest[(at + length)..]]))
                    any = true;
                else
                    at += length;
            }
        }

        return any;
    }

    private async Task<bool> MakeSmallerAsync()
    {
        var any = false;
        for (var at = 0; at < _smallest.Length; at++)
        {
            var isSmaller = true;
            while (isSmaller)
            {
                isSmaller = false;
                foreach (var smaller in _smallest[at].Smaller().ToArray())
                {
                    if (!await TryAsync([.. _smallest[..at], smaller, .. _smallest[(at + 1)..]]))
                        continue;
                    any = isSmaller = true;
                    break;
                }
            }
        }

        return any;
    }

    private async Task<bool> TryAsync(Operation[] candidate)
    {
        if (_runs++ >= maxRuns || await run(candidate) is not { } error)
            return false;
        (_smallest, _error) = (candidate, error);
        return true;
    }
}
