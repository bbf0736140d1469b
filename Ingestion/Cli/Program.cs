namespace Helios.Pipeline.Cli;

internal static class Program
{
    private static int Main() => 1;
}
