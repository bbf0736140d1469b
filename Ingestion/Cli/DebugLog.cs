using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Cli;

/// <summary>What the engine logs, on standard error as it happens: <c>helios: [2001 CheckpointBegan] …</c>. Thread-safe; <c>--debug</c> turns it on.</summary>
internal sealed class DebugLog(TextWriter error) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"helios: [{eventId.Id} {eventId.Name}] {Printable.Line(formatter(state, exception))}"));
        if (exception is not null)
            error.WriteLine(exception.ToString());
    }

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("There is one place to log to.");

    public void Dispose()
    {
        // the writer is the command's
    }
}
