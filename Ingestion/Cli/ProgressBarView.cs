using Helios.Pipeline.Ingestion;
using Spectre.Console;

namespace Helios.Pipeline.Cli;

/// <summary>A bar and a line of figures that redraw themselves, at most ten times a second.</summary>
internal sealed class ProgressBarView : IIngestView
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    private readonly string _name;
    private readonly CommandIo _io;
    private readonly IAnsiConsole _console;
    private readonly RunRate _rate;
    private ProgressContext? _context;
    private ProgressTask? _task;
    private string _figures = "";
    private long? _shown;

    public ProgressBarView(string input, CommandIo io)
    {
        _name = Printable.Cell(Path.GetFileName(input), 24);
        _io = io;
        _rate = new RunRate(io.Time);
        _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(io.Error), Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes });
        _console.Profile.Width = io.Width;
    }

    public Task<IngestReport> RunAsync(Func<Task<IngestReport>> ingest)
    {
        _rate.Start();
        // No refreshing by itself: that is a timer, and what it would draw has not changed.
        var progress = new Progress(_console, _io.Time) { AutoRefresh = false, AutoClear = true }
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = Math.Clamp(_io.Width - 36, 10, 50) }, new PercentageColumn())
            .UseRenderHook((bar, _) => new Rows(bar, new Text(_figures).Overflow(Overflow.Ellipsis)));
        return progress.StartAsync(context =>
        {
            _task = context.AddTask(Markup.Escape(_name), new ProgressTaskSettings { MaxValue = 1 });
            _task.IsIndeterminate = true;
            _context = context;
            return ingest();
        });
    }

    public void Show(IngestProgress progress)
    {
        if (_context is null || _task is null || (_shown is { } shown && _io.Time.GetElapsedTime(shown) < s_interval))
            return;
        _shown = _io.Time.GetTimestamp();
        if (RunRate.Total(progress) is { } total)
        {
            _task.IsIndeterminate = false;
            _task.Value = (double)progress.Bytes / total;
        }

        _figures = _rate.Describe(progress);
        _context.Refresh();
    }

    public void Tell(string line) => _console.Write(new Text(line + "\n"));
}
