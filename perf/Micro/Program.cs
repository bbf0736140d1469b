using System.Globalization;
using System.Text.Json;
using Helios.Pipeline.Micro;

switch (args)
{
    case ["encryption"]:
        Console.Write(EncryptionReport.Run());
        return 0;
    case ["encryption", "--out", var file]:
        File.WriteAllText(file, EncryptionReport.Run());
        return 0;
    case ["condition"]:
        Console.Write(ConditionReport.Run());
        return 0;
    case ["condition", "--out", var file]:
        File.WriteAllText(file, ConditionReport.Run());
        return 0;
    case ["art", .. var words] when IndexOptions.Parse(words) is { } options:
        var report = IndexReport.Run(options);
        if (options.Out is { } to)
            File.WriteAllText(to, report);
        else
            Console.Write(report);
        return 0;
    case ["art-run", var keys, var structure, var count]: // what the command above starts, a process a run
        Console.WriteLine(JsonSerializer.Serialize(IndexRun.Run(keys, structure, ulong.Parse(count, CultureInfo.InvariantCulture))));
        return 0;
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project perf/Micro -- encryption [--out FILE]");
        Console.Error.WriteLine("       dotnet run -c Release --project perf/Micro -- condition [--out FILE]");
        Console.Error.WriteLine(IndexOptions.Usage);
        return 64;
}
