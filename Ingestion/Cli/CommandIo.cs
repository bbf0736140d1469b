using System.Text;
using Helios.Pipeline.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Helios.Pipeline.Cli;

/// <summary>What a command talks to: the process's own streams, or a test's.</summary>
internal sealed class CommandIo : IDisposable
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public CommandIo(Stream output, TextWriter error, Stream input)
    {
        Output = output;
        // It writes through at each Flush only: a row of a scan must not become a write of its own.
        Out = new StreamWriter(output, s_utf8, bufferSize: 16 * 1024, leaveOpen: true) { NewLine = "\n" };
        Error = TextWriter.Synchronized(error);
        Input = input;
    }

    /// <summary>Standard output as bytes; flush <see cref="Out"/> before writing to it.</summary>
    public Stream Output { get; }

    /// <summary>Standard output as UTF-8 text: results and nothing else.</summary>
    public StreamWriter Out { get; }

    /// <summary>Standard error: progress, rejected records, errors. Thread-safe.</summary>
    public TextWriter Error { get; }

    public Stream Input { get; }

    /// <summary>Writes what a command has done. Of one that works for more than its output neither the work nor the exit code depends on who reads of it: a reader that has gone, as <c>head</c> goes, is told nothing more.</summary>
    public void Tell(Action write)
    {
        try
        {
            write();
            Out.Flush();
        }
        catch (IOException gone) when (ErrorReport.IsGoneReader(gone))
        {
            // What it was not told is in the exit code.
        }
    }

    public bool OutputIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Columns of the terminal.</summary>
    public int Width { get; init; } = 80;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the engine logs; nowhere unless <c>--debug</c> asks for it.</summary>
    public ILoggerFactory Loggers { get; set; } = NullLoggerFactory.Instance;

    /// <summary>Opens an encrypted database, and encrypts a new one; null where none was named.</summary>
    public IKeyProvider? Encryption { get; set; }

    public CommandStop Stop { get; } = new();

    public void Dispose()
    {
        Stop.Dispose();
        Encryption?.Dispose();
    }
}
