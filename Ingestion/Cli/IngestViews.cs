using Helios.Pipeline.Ingestion;

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
