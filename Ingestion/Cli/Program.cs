using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Helios.Pipeline.Cli;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        using var output = OpenOutput();
        using var input = Console.OpenStandardInput();
        using var io = new CommandIo(output, Console.Error, input)
        {
            OutputIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            Width = Console.IsOutputRedirected && Console.IsErrorRedirected ? 80 : Math.Max(40, Console.WindowWidth),
        };
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(io, signal, ExitCodes.Interrupted));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(io, signal, ExitCodes.Terminated));
        return await HeliosCommand.RunAsync(args, io).ConfigureAwait(false);
    }

    private static void Stop(CommandIo io, PosixSignalContext signal, int exitCode)
    {
        // The second one ends the process as if nobody listened: what was acknowledged survives that too.
        signal.Cancel = io.Stop.Request(exitCode);
    }

    /// <summary>For a pipe: the console's own stream hides a reader that has gone, and a scan for nobody would run to its end.</summary>
    private static Stream OpenOutput()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
            return Console.OpenStandardOutput();
        try
        {
            var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0, isAsync: false);
            // A file stream writes at an offset of its own, where commands that share one output file must write on.
            return pipe.CanSeek ? Console.OpenStandardOutput() : pipe;
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return Console.OpenStandardOutput(); // closed, or nothing a file stream knows
        }
    }
}
