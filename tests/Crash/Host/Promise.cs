using System.Globalization;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>What must be there after a crash, because somebody was told so before it.</summary>
/// <param name="Commits">The first commits, so many.</param>
/// <param name="Refused">So many commits too: a duplicate key was told that rests on the last of them.</param>
/// <param name="Counted">A row count that was published.</param>
/// <param name="Published">An LSN that was visible.</param>
/// <param name="Told">An LSN that somebody has seen. Its commit need not be there, but no other may get it.</param>
internal sealed record Promise(int Commits, int Refused, long Counted, Lsn Published, Lsn Told)
{
    public static Promise None { get; } = new(0, 0, 0, default, default);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Commits},{Refused},{Counted},{Published.Value},{Told.Value}");

    public static Promise Parse(string text)
    {
        var numbers = text.Split(',').Select(static number => ulong.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        return new Promise((int)numbers[0], (int)numbers[1], (long)numbers[2], new Lsn(numbers[3]), new Lsn(numbers[4]));
    }
}
