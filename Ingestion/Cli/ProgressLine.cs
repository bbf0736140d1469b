namespace Helios.Pipeline.Cli;

/// <summary>One line on a terminal that is written over, at most ten times a second; nothing elsewhere.</summary>
internal sealed class ProgressLine(CommandIo io) : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    private long? _shown;

    public void Show(Func<string> text)
    {
        if (!io.ErrorIsTerminal || (_shown is { } shown && io.Time.GetElapsedTime(shown) < s_interval))
            return;
        _shown = io.Time.GetTimestamp();
        io.Error.Write("\r\u001b[K" + Printable.Cell(text(), io.Width));
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_shown is not null)
            io.Error.Write("\r\u001b[K");
        _shown = null;
    }
}
