using System.CommandLine;
using System.Text;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Cli;

/// <summary>What <c>helios ingest</c> was asked to do, checked as far as it can be without opening anything.</summary>
internal sealed record IngestArguments
{
    /// <summary>The name that stands for standard input.</summary>
    public const string StandardInput = "-";

    public required string File { get; init; }

    public required string Db { get; init; }

    public required string Table { get; init; }

    public required SafetyLevel Level { get; init; }

    public required bool WithoutLog { get; init; }

    /// <summary>Null for the engine's default.</summary>
    public required long? CheckpointBytes { get; init; }

    /// <summary>Null for the engine's default.</summary>
    public required long? FreeSpaceFloor { get; init; }

    public required IngestOptions Options { get; init; }

    public required bool Json { get; init; }

    public required bool Quiet { get; init; }

    /// <summary>What messages call the input.</summary>
    public string InputName => File == StandardInput ? "standard input" : File;

    public static IngestFormat Format(string? name) => name?.ToLowerInvariant() switch
    {
        null or "auto" => IngestFormat.Auto,
        "csv" => IngestFormat.Csv,
        "ndjson" => IngestFormat.Ndjson,
        _ => throw new UsageException($"--format: there is no format '{name}'; there are csv, ndjson and auto"),
    };

    public static SafetyLevel Durability(string? name) => name?.ToLowerInvariant() switch
    {
        null or "full" => SafetyLevel.Full,
        "batched" => SafetyLevel.Batched,
        "async" => SafetyLevel.Async,
        "unsafe" => SafetyLevel.Unsafe,
        _ => throw new UsageException($"--durability: there is no level '{name}'; there are full, batched, async and unsafe"),
    };

    /// <summary>One character; a tab may be written as <c>\t</c> or <c>tab</c>, which shells make easier.</summary>
    public static char Delimiter(string? text) => text switch
    {
        null => ',',
        "\\t" or "tab" => '\t',
        [> '\0' and < (char)128 and not ('"' or '\r' or '\n')] => text[0],
        _ => throw new UsageException($"--delimiter: '{text}' is not one ASCII character, neither quote nor line ending; a tab is written \\t"),
    };

    /// <summary>Names between commas; the option may also be given several times.</summary>
    public static IReadOnlyList<string> Key(string[]? values)
    {
        var names = (values ?? []).SelectMany(v => v.Split(',')).ToArray();
        return Distinct("--key", names);
    }

    public static IReadOnlyList<string> Unique(string[]? values) => Distinct("--unique", values ?? []);

    public static IReadOnlyDictionary<string, Column> Types(string[]? values)
    {
        var types = new Dictionary<string, Column>(StringComparer.Ordinal);
        foreach (var value in values ?? [])
        {
            var equals = value.LastIndexOf('='); // the name may have one, no type has
            if (equals <= 0 || equals == value.Length - 1)
                throw new UsageException($"--type: '{value}' is not COL=TYPE; for example --type fare=numeric");
            var column = value[..equals];
            if (!TypeNames.TryParse(column, value[(equals + 1)..], out var type, out var why))
                throw new UsageException($"--type {column}: {why}");
            if (!types.TryAdd(column, type!))
                throw new UsageException($"--type: column {column} is named twice");
        }

        return types;
    }

    public void Check()
    {
        if (string.IsNullOrWhiteSpace(Table) || Encoding.UTF8.GetByteCount(Table) > TableSchema.MaxNameBytes)
            throw new UsageException($"--table: a name has 1 to {TableSchema.MaxNameBytes} bytes");
        if (Table.StartsWith("helios.", StringComparison.Ordinal))
            throw new UsageException($"--table {Table}: names that begin with 'helios.' belong to the engine; choose another");
        if (WithoutLog && Level != SafetyLevel.Unsafe)
            throw new UsageException($"--no-log needs --durability unsafe, and it is {Level.ToString().ToLowerInvariant()}: without a log nothing can be synced at that level");
        CheckOutput("--rejects", Options.RejectsFile);
        CheckOutput("--acks", Options.AcksFile);
        if (Options.RejectsFile is { } rejects && Options.AcksFile is { } acks && Same(rejects, acks))
            throw new UsageException($"--rejects and --acks both name {rejects}; give each a file of its own");
    }

    private static IReadOnlyList<string> Distinct(string option, string[] names)
    {
        foreach (var (i, name) in names.Index())
        {
            if (name.Length == 0)
                throw new UsageException($"{option}: a column name is empty");
            if (names.AsSpan(0, i).Contains(name))
                throw new UsageException($"{option}: column {name} is named twice");
        }

        return names;
    }

    private static bool Same(string a, string b) => string.Equals(Path.GetFullPath(a), Path.GetFullPath(b), StringComparison.Ordinal);

    private void CheckOutput(string option, string? path)
    {
        if (path is null)
            return;
        if (path.Length == 0 || Directory.Exists(path))
            throw new UsageException($"{option}: '{path}' is a directory; name a file");
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is not { } parent || !Directory.Exists(parent))
            throw new UsageException($"{option} {path}: its directory is not there; make it first");
        if (File != StandardInput && Same(path, File))
            throw new UsageException($"{option} {path}: this is the input, and would be overwritten; name another file");
    }
}
