using System.Runtime.InteropServices;
using Helios.Pipeline.Decoders;
using Helios.Pipeline.Fuzz;
using SharpFuzz;

const string Usage = """
    helios-fuzz list                                            the targets
    helios-fuzz seed CORPUS                                     writes a few small valid inputs of each target to CORPUS/TARGET
    helios-fuzz instrument DLL...                               instruments assemblies in place: do it to a copy
    helios-fuzz run TARGET CORPUS --seconds N [--seed S] [--out DIR]
                                                                fuzzes with afl-fuzz, from the inputs in CORPUS/TARGET; a line at the end
    helios-fuzz replay TARGET FILE...                           says what becomes of each file
    helios-fuzz target TARGET                                   what afl-fuzz starts
    """;

// Instrumented code writes where it has been, from its first call on; under afl-fuzz the place is exchanged for the real one.
const nuint TraceBytes = 1 << 16;
unsafe
{
    SharpFuzz.Common.Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(TraceBytes);
}

switch (args)
{
    case ["list"]:
        foreach (var decoder in DecoderCatalogue.All)
            Console.WriteLine(decoder.Name);
        return 0;
    case ["seed", var corpus]:
        Corpus.Seed(corpus);
        return 0;
    case ["instrument", .. var assemblies]:
        foreach (var assembly in assemblies)
            Fuzzer.Instrument(assembly, static _ => true, Options.Value);
        return 0;
    case ["run", var name, var corpus, .. var options]:
        return AflRun.Parse(name, corpus, options).Run();
    case ["replay", var name, .. var files]:
        return Corpus.Replay(DecoderCatalogue.Find(name), files);
    case ["target", var name]:
        var target = DecoderCatalogue.Find(name);

        // In a process of its own, so that a stack overflow or an endless loop is a finding and no end.
        Fuzzer.OutOfProcess.Run(stream =>
        {
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            var bytes = memory.ToArray();
            DecoderRules.Check(target, bytes);
            target.Repair(bytes); // checksums hide what is behind them
            DecoderRules.Check(target, bytes);
        });
        return 0;
    default:
        Console.Error.WriteLine(Usage);
        return 1;
}
