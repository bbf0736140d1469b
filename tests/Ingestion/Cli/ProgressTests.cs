using System.Text;
using Helios.Pipeline.Cli;

namespace Helios.Pipeline.Ingestion.Tests.Cli;

public sealed class ProgressTests
{
    private readonly ManualTime _time = new();
    private readonly StringWriter _error = new() { NewLine = "\n" };

    [Fact]
    public async Task Without_a_terminal_there_is_a_plain_line_every_two_seconds()
    {
        using var io = Io(terminal: false);
        var view = new ProgressLinesView("t.csv", io);
        await view.RunAsync(() =>
        {
            for (var i = 1; i <= 10; i++)
            {
                _time.Advance(TimeSpan.FromSeconds(0.5));
                view.Show(new IngestProgress(i * 512 * 1024, 10 * 1024 * 1024, i * 5_000, i * 5_000, i));
            }

            return Task.FromResult<IngestReport>(null!);
        });
        Assert.Equal(
            """
            helios: t.csv: 20,000 rows, 10,000 rows/s, 2.0 MiB of 10.0 MiB (20%), 4 rejected
            helios: t.csv: 40,000 rows, 10,000 rows/s, 4.0 MiB of 10.0 MiB (40%), 8 rejected, 12 s left

            """, _error.ToString());
    }

    [Fact]
    public async Task Without_a_length_nothing_is_said_of_the_rest()
    {
        using var io = Io(terminal: false);
        var view = new ProgressLinesView("standard input", io);
        await view.RunAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            view.Show(new IngestProgress(2_000, null, 10, 10, 0));
            return Task.FromResult<IngestReport>(null!);
        });
        Assert.Equal("helios: standard input: 10 rows, 5 rows/s, 2.0 KiB, 0 rejected\n", _error.ToString());
    }

    [Fact]
    public async Task On_a_terminal_a_bar_is_drawn_and_names_are_no_markup()
    {
        using var io = Io(terminal: true);
        var view = new ProgressBarView("dir/[red]t[/].csv", io);
        await view.RunAsync(() =>
        {
            for (var i = 1; i <= 4; i++)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                view.Show(new IngestProgress(i * 1024, 4096, i * 100, i * 100, 0));
            }

            view.Tell("helios: a [bold]line[/]");
            return Task.FromResult<IngestReport>(null!);
        });
        var shown = _error.ToString();
        Assert.Contains("].csv", shown);
        Assert.Contains("100 rows, 100 rows/s, 1.0 KiB of 4.0 KiB (25%), 0 rejected", shown);
        Assert.Contains("a [bold]line[/]", shown);
        Assert.Contains("50%", shown);
    }

    private CommandIo Io(bool terminal) => new(new MemoryStream(), _error, Stream.Null) { ErrorIsTerminal = terminal, Width = 100, Time = _time };

    private sealed class ManualTime : TimeProvider
    {
        private long _ticks = TimeSpan.TicksPerDay;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;

        public override long GetTimestamp() => _ticks;

        public override DateTimeOffset GetUtcNow() => new(_ticks, TimeSpan.Zero);
    }
}
