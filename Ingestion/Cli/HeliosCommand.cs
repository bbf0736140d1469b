using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Reflection;

namespace Helios.Pipeline.Cli;

/// <summary>The command line <c>helios</c>: reads the arguments, runs a command, answers with an exit code.</summary>
internal static class HeliosCommand
{
    private const int HelpWidth = 100;

    /// <summary>Runs one command; never throws. See <see cref="ExitCodes"/> for the answer.</summary>
    public static async Task<int> RunAsync(string[] args, CommandIo io)
    {
        var debug = new Option<bool>("--debug") { Description = "Show what the engine logs, and stack traces.", Recursive = true, Arity = ArgumentArity.Zero };
        var key = new EncryptionKey("--encryption", "of an encrypted database", recursive: true);
        if (args.Contains("--debug"))
            io.Loggers = new DebugLog(io.Error);
        try
        {
            var root = Build(io, debug, key);
            // No response files: a value may begin with @.
            var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (args.Length == 0)
                return ShowUsage(root, io);
            if (parsed.Errors.Count > 0)
                return await RefuseAsync(parsed, io).ConfigureAwait(false);

            io.Encryption = key.Read(parsed);
            var configuration = new InvocationConfiguration { Output = io.Out, Error = io.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            var exitCode = await parsed.InvokeAsync(configuration, io.Stop.Token).ConfigureAwait(false);
            await io.Out.FlushAsync().ConfigureAwait(false);
            return exitCode;
        }
        catch (Exception error)
        {
            return ErrorReport.Write(error, io, args.Contains("--debug"));
        }
    }

    private static RootCommand Build(CommandIo io, Option<bool> debug, EncryptionKey key)
    {
        var root = new RootCommand("Takes files into a durable table, exactly once, and reads them back.")
        {
            debug,
            IngestCommand.Create(io),
            CountCommand.Create(io),
            GetCommand.Create(io),
            ScanCommand.Create(io),
            ExplainCommand.Create(io),
            TablesCommand.Create(io),
            StatsCommand.Create(io),
            InspectCommand.Create(io),
            VerifyCommand.Create(io),
            MaintainCommand.Create(io),
            BackupCommand.Create(io),
            VerifyBackupCommand.Create(io),
            RestoreCommand.Create(io),
            RotateKeyCommand.Create(io),
        };
        key.AddTo(root);
        root.HelpName = "helios"; // whatever the host process is called
        root.Directives.Clear(); // an argument like [x] is an argument
        foreach (var option in root.Options)
        {
            if (option is HelpOption)
                option.Action = new HelpWithExamples();
            else if (option is VersionOption)
                option.Action = new ShowVersion();
        }

        return root;
    }

    private static int ShowUsage(RootCommand root, CommandIo io)
    {
        root.Parse("--help").Invoke(new InvocationConfiguration { Output = io.Error, Error = io.Error });
        return ExitCodes.Wrong;
    }

    private static async Task<int> RefuseAsync(ParseResult parsed, CommandIo io)
    {
        var help = " --help";
        for (var command = parsed.CommandResult; command is not null; command = command.Parent as CommandResult)
            help = $"{(command.Command is RootCommand ? "helios" : " " + command.Command.Name)}{help}";
        var what = parsed.UnmatchedTokens is [var token, ..]
            ? $"'{token}' is no command, option or argument that fits here"
            : parsed.Errors[0].Message.TrimEnd('.');
        await io.Error.WriteLineAsync($"helios: {Printable.Line(what)}; nothing was changed; see {help}").ConfigureAwait(false);
        return ExitCodes.Wrong;
    }

    private sealed class HelpWithExamples : SynchronousCommandLineAction
    {
        private readonly HelpAction _help = new() { MaxWidth = HelpWidth };

        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            _help.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.Write(Examples.For(parseResult.CommandResult.Command.Name));
            return ExitCodes.Done;
        }
    }

    private sealed class ShowVersion : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var version = typeof(HeliosCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
            parseResult.InvocationConfiguration.Output.WriteLine($"helios {version}");
            return ExitCodes.Done;
        }
    }
}
