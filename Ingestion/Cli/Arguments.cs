using System.CommandLine;
using System.Globalization;

namespace Helios.Pipeline.Cli;

/// <summary>Values of options, read by us: the messages say what is possible.</summary>
internal static class Arguments
{
    /// <returns>Null where the option was not given.</returns>
    public static long? Number(ParseResult parsed, Option<string> option, long least, long most)
    {
        if (parsed.GetValue(option) is not { } text)
            return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
            return value;
        throw new UsageException(most == long.MaxValue
            ? $"{option.Name}: '{text}' is no number from {Printable.Count(least)} {(text.All(char.IsAsciiDigit) ? $"to {Printable.Count(most)}" : "up")}"
            : $"{option.Name}: '{text}' is no number from {Printable.Count(least)} to {Printable.Count(most)}");
    }
}
