using System.Globalization;
using System.Text.Json;
using Helios.Pipeline.Load;

if (args.Length > 0 && args[0] == ChildProcess.Argument)
    return await ChildProcess.ServeAsync(args);

if (args.Length > 0 && args[0] == OpenChild.Argument)
    return await OpenChild.ServeAsync(args);

if (args.Length > 0 && args[0] == ReadChild.Argument)
    return await ReadChild.ServeAsync(args);

if (args.Length > 0 && args[0] == ReadCommand.Name)
    return ReadCommand.Run(args.AsSpan(1));

if (args.Length > 0 && args[0] == OpenCommand.Name)
{
    try
    {
        return OpenCommand.Run(args.AsSpan(1));
    }
    catch (UsageException error)
    {
        Console.Error.WriteLine(error.Message);
        Console.Error.WriteLine();
        Console.Error.WriteLine(OpenCommand.Usage);
        return ExitCodes.Usage;
    }
    catch (RunFailedException error)
    {
        Console.Error.WriteLine(error.Message);
        return error.ExitCode;
    }
}

if (args.Length > 0 && args[0] == HotKeyCommand.Name)
{
    try
    {
        return await HotKeyCommand.RunAsync(args[1..]);
    }
    catch (UsageException error)
    {
        Console.Error.WriteLine(error.Message);
        Console.Error.WriteLine();
        Console.Error.WriteLine(HotKeyCommand.Usage);
        return ExitCodes.Usage;
    }
    catch (RunFailedException error)
    {
        Console.Error.WriteLine(error.Message);
        return error.ExitCode;
    }
}

LoadOptions options;
try
{
    options = LoadOptions.Parse(args);
    options = options with { Commit = options.Commit ?? Machine.Commit() }; // what runs, not what is checked out when it has run
}
catch (UsageException error)
{
    Console.Error.WriteLine(error.Message);
    Console.Error.WriteLine();
    Console.Error.WriteLine(LoadOptions.Usage);
    return ExitCodes.Usage;
}

List<Figures> figures;
try
{
    figures = await Rounds.RunAsync(options, Progress);
}
catch (RunFailedException error)
{
    Console.Error.WriteLine(error.Message);
    return error.ExitCode;
}

var results = new Results(figures);
var floors = Floors.Of(results);
if (options.Json is { } json)
    Write(json, JsonSerializer.Serialize(figures, new JsonSerializerOptions { WriteIndented = true }));
var report = new MarkdownReport(options, results, floors).ToString();
if (options.Report is { } file)
    Write(file, report);
else
    Console.Write(report);

foreach (var floor in floors.Where(floor => floor.IsMissed))
    Console.Error.WriteLine($"FLOOR MISSED: {floor.Text}: {Cells.Range(floor.Measured)}, limit {Cells.Number(floor.Limit)}");
return floors.Any(floor => floor.IsMissed) ? ExitCodes.FloorMissed : ExitCodes.Done;

// On the error stream: the report may be piped elsewhere.
static void Progress(Figures run) => Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"round {run.Round}  {run.Workload,-8} {run.Candidate,-18} {Cells.Number(run.RowsPerSecond),10} rows/s  {Cells.Number(run.CpuMicrosPerRow),7} µs CPU/row  {Cells.Number(run.AllocatedPerRow),7} B allocated/row"));

static void Write(string file, string text)
{
    if (Path.GetDirectoryName(Path.GetFullPath(file)) is { } directory)
        Directory.CreateDirectory(directory);
    File.WriteAllText(file, text);
}
