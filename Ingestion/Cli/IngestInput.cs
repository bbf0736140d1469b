using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Cli;

/// <summary>The input of an ingest run: a file by its name, or a stream that a signal can interrupt.</summary>
internal sealed class IngestInput : IDisposable
{
    private readonly IngestArguments _arguments;
    private readonly InterruptibleInput? _stream;

    private IngestInput(IngestArguments arguments, InterruptibleInput? stream)
    {
        _arguments = arguments;
        _stream = stream;
    }

    /// <exception cref="UsageException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="Storage.HeliosException">Invalid: no table can be made of the file.</exception>
    public static IngestInput Open(IngestArguments arguments, CommandIo io)
    {
        if (arguments.File == IngestArguments.StandardInput)
            return new IngestInput(arguments, new InterruptibleInput(io.Input, io.Stop.Token));
        if (arguments.File.Length == 0)
            throw new UsageException("name a file, or - for standard input");
        if (Directory.Exists(arguments.File))
            throw new UsageException($"{arguments.File}: this is a directory; nothing was changed; name a file, or - for standard input");

        FileStream file;
        try
        {
            file = new FileStream(arguments.File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"{arguments.File}: there is no such file; nothing was changed; check the path");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"{arguments.File}: the file cannot be read: {e.Message.TrimEnd('.')}; nothing was changed");
        }

        // A named pipe is opened once only: to its writer a second opening is another reader.
        if (!file.CanSeek)
            return new IngestInput(arguments, new InterruptibleInput(file, io.Stop.Token));
        file.Dispose();
        HeliosEngine.CheckInput(arguments.File, arguments.Options, io.Stop.Token);
        return new IngestInput(arguments, null);
    }

    public Task<IngestReport> IngestAsync(HeliosEngine engine, string table, IngestOptions options, CancellationToken stop) =>
        _stream is null
            ? engine.IngestAsync(_arguments.File, table, options, stop)
            : engine.IngestAsync(_stream, _arguments.InputName, table, options, stop);

    public void Dispose() => _stream?.Dispose();
}
