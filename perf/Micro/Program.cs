using Helios.Pipeline.Micro;

if (args is not ["encryption", .. var rest] || rest is not ([] or ["--out", _]))
{
    Console.Error.WriteLine("usage: dotnet run -c Release --project perf/Micro -- encryption [--out FILE]");
    return 64;
}

var report = EncryptionReport.Run();
if (rest is [_, var file])
    File.WriteAllText(file, report);
else
    Console.Write(report);
return 0;
