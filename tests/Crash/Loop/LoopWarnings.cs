using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Keeps the first warning that an engine logs: nothing in a crash loop gives it cause for one.</summary>
internal sealed class LoopWarnings : ILoggerFactory, ILogger
{
    private volatile string? _first;

    public string? First => _first;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel) && eventId.Id is not (LoopVoice.SnapshotRefused or LoopVoice.SnapshotGivenUp))
            _first ??= $"{formatter(state, exception)} {exception?.Message}";
    }

    public void Dispose()
    {
    }
}
