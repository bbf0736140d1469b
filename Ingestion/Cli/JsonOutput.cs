using System.Text.Encodings.Web;
using System.Text.Json;

namespace Helios.Pipeline.Cli;

/// <summary>One JSON object on a line of standard output.</summary>
internal static class JsonOutput
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(CommandIo io, Action<Utf8JsonWriter> write)
    {
        io.Out.Flush();
        using (var writer = new Utf8JsonWriter(io.Output, s_options))
            write(writer);
        io.Out.WriteLine();
        io.Out.Flush();
    }
}
