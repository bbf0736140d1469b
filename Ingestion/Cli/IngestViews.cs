using Helios.Pipeline.Ingestion;
using Spectre.Console;

namespace Helios.Pipeline.Cli;

/// <summary>What a run shows on standard error while it goes on.</summary>
internal interface IIngestView
{
    Task<IngestReport> RunAsync(Func<Task<IngestReport>> ingest);

    /// <summary>How far it is; one call at a time.</summary>
    void Show(IngestProgress progress);

    /// <summary>A line that stays.</summary>
    void Tell(string line);
}

/// <summary>Rejected records and nothing else.</summary>
internal sealed class QuietView(CommandIo io) : IIngestView
{
    public Task<IngestReport> RunAsync(Func<Task<IngestReport>> ingest) => ingest();

    public void Show(IngestProgress progress)
    {
    }

    public void Tell(string line) => io.Error.WriteLine(line);
}

/// <summary>A plain line every two seconds: for files and for the logs of a service.</summary>
internal sealed class ProgressLinesView(string input, CommandIo io) : IIngestView
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);

    private readonly RunRate _rate = new(io.Time);
    private long _shown;

    public Task<IngestReport> RunAsync(Func<Task<IngestReport>> ingest)
    {
        _rate.Start();
        _shown = io.Time.GetTimestamp();
        return ingest();
    }

    public void Show(IngestProgress progress)
    {
        if (io.Time.GetElapsedTime(_shown) < s_interval)
            return;
        _shown = io.Time.GetTimestamp();
        io.Error.WriteLine($"helios: {Printable.Line(input)}: {_rate.Describe(progress)}");
    }

    public void Tell(string line) => io.Error.WriteLine(line);
}

/// <summary>A bar that redraws itself, at most ten times a second.</summary>
internal sealed class ProgressBarView : IIngestView
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    private readonly string _input;
    private readonly CommandIo _io;
    private readonly IAnsiConsole _console;
    private readonly RunRate _rate;
    private ProgressContext? _context;
    private ProgressTask? _task;
    private long _shown;

    public ProgressBarView(string input, CommandIo io)
    {
        _input = input;
        _io = io;
        _rate = new RunRate(io.Time);
        _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(io.Error), Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes });
        _console.Profile.Width = io.Width;
    }

    public Task<IngestReport> RunAsync(Func<Task<IngestReport>> ingest)
    {
        _rate.Start();
        var progress = new Progress(_console, _io.Time) { AutoRefresh = false, AutoClear = true }.Columns(
            new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn());
        return progress.StartAsync(context =>
        {
            _task = context.AddTask(Markup.Escape(Printable.Cell(_input, 30)), new ProgressTaskSettings { MaxValue = 1 });
            _task.IsIndeterminate = true;
            _context = context;
            return ingest();
        });
    }

    public void Show(IngestProgress progress)
    {
        if (_context is null || _task is null || (_shown != 0 && _io.Time.GetElapsedTime(_shown) < s_interval))
            return;
        _shown = _io.Time.GetTimestamp();
        if (RunRate.Total(progress) is { } total)
        {
            _task.IsIndeterminate = false;
            _task.Value = (double)progress.Bytes / total;
        }

        _task.Description = Markup.Escape($"{Printable.Cell(_input, 30)}: {_rate.Describe(progress)}");
        _context.Refresh();
    }

    public void Tell(string line) => _console.Write(new Text(line + "\n"));
}
