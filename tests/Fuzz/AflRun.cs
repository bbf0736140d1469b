using System.Diagnostics;
using System.Globalization;
using Helios.Pipeline.Decoders;

namespace Helios.Pipeline.Fuzz;

/// <summary>One run of afl-fuzz over one target. The assemblies beside this program must be instrumented.</summary>
internal sealed record AflRun(string Target, string Corpus, int Seconds, int? Seed, string Output)
{
    private static readonly (string Name, string Value)[] s_environment =
    [
        ("AFL_SKIP_BIN_CHECK", "1"), // the program is managed code: afl-fuzz sees no instrumentation in it
        ("AFL_NO_UI", "1"),
        ("AFL_NO_AFFINITY", "1"),
        ("AFL_SKIP_CPUFREQ", "1"),
        ("AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "1"), // they come as exit codes, not as core dumps
        ("AFL_FORKSRV_INIT_TMOUT", "120000"), // a runtime has to start
        ("DOTNET_TieredPGO", "0"), // the same path each time
    ];

    public static AflRun Parse(string target, string corpus, string[] options)
    {
        string? Option(string name) => Array.IndexOf(options, name) is var i && i >= 0 && i + 1 < options.Length ? options[i + 1] : null;
        var seconds = int.Parse(Option("--seconds") ?? throw new ArgumentException("--seconds N is missing."), CultureInfo.InvariantCulture);
        var seed = Option("--seed") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : (int?)null;
        return new AflRun(DecoderCatalogue.Find(target).Name, corpus, seconds, seed, Option("--out") ?? Directory.CreateTempSubdirectory("helios-fuzz-").FullName);
    }

    /// <returns>0; 2 where something was found; 1 where afl-fuzz did not run.</returns>
    public int Run()
    {
        var output = Path.Combine(Output, Target);
        Directory.CreateDirectory(output);
        var log = Path.Combine(output, "afl.log");
        var start = new ProcessStartInfo("afl-fuzz") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in Arguments(output))
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in s_environment)
            start.Environment[name] = value;

        using (var process = Process.Start(start) ?? throw new InvalidOperationException("afl-fuzz does not start."))
        {
            var said = process.StandardOutput.ReadToEndAsync();
            var complained = process.StandardError.ReadToEndAsync();
            process.WaitForExit();
            File.WriteAllText(log, said.Result + complained.Result);
        }

        var file = Path.Combine(output, "default", "fuzzer_stats");
        if (!File.Exists(file))
        {
            Console.WriteLine($"{Target,-20} did not run: see {log}");
            return 1;
        }

        var stats = File.ReadAllLines(file).Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        string Stat(string name) => stats.GetValueOrDefault(name, "?");
        Console.WriteLine($"{Target,-20} {Stat("execs_done"),9} executions {Stat("execs_per_sec"),8}/s {Stat("corpus_count"),5} paths {Stat("saved_crashes"),3} crashes {Stat("saved_hangs"),3} hangs   {output}");
        return Stat("saved_crashes") == "0" && Stat("saved_hangs") == "0" ? 0 : 2;
    }

    private IEnumerable<string> Arguments(string output)
    {
        List<string> arguments =
        [
            "-i", Path.Combine(Corpus, Target),
            "-o", output,
            "-t", "5000",
            "-m", "none",
            "-V", Seconds.ToString(CultureInfo.InvariantCulture),
        ];
        if (Seed is { } seed)
            arguments.AddRange(["-s", seed.ToString(CultureInfo.InvariantCulture)]);
        return [.. arguments, "--", "dotnet", Path.Combine(AppContext.BaseDirectory, "helios-fuzz.dll"), "target", Target];
    }
}
