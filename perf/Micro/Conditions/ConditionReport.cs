using System.Globalization;
using System.Text;
using Helios.Pipeline.Load;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Micro;

/// <summary>Measures conditions over rows, one by one and by batches, and writes what came out as a page.</summary>
internal static class ConditionReport
{
    private const int Rounds = 15, Batches = 8;

    private static readonly string[] s_conditions =
    [
        "value < 0.001",
        "id < 1001000",
        "ts BETWEEN TIMESTAMPTZ '2026-01-01 00:00:02Z' AND TIMESTAMPTZ '2026-01-01 00:00:03Z'",
        "device = 'dev77'",
        "device LIKE 'dev1%' AND value < 0.5",
    ];

    private static readonly TimeSpan s_span = TimeSpan.FromMilliseconds(20);

    public static string Run()
    {
        using var rows = new ConditionRows(Batches);
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"- Commit {Machine.Commit()}");
        text.AppendLine(CultureInfo.InvariantCulture, $"- Machine: {Machine.Processor} ({Machine.ProcessorDetail}), {Environment.ProcessorCount} processors; {Machine.Runtime}; vectors {VectorWidths.Widest}");
        text.AppendLine(CultureInfo.InvariantCulture, $"- {Batches} batches of {RowBatch.MaxRows} rows of {rows.BytesPerRow} bytes; processor time of the thread; best of {Rounds} spans of {s_span.TotalMilliseconds} ms");
        text.AppendLine();
        text.AppendLine("| condition | selects | by row, ns/row | by row, rows/s | by batch, ns/row | by batch, rows/s | × | of it offsets, ns/row | scalar, ns/row |");
        text.AppendLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var condition in s_conditions)
            text.AppendLine(Line(rows, condition));
        text.AppendLine();
        var offsets = Best(rows, rows.ReadAllOffsets);
        text.AppendLine(CultureInfo.InvariantCulture, $"Row by row needs the offsets of all columns too: {offsets:0.0} ns/row of its time.");
        return text.ToString();
    }

    private static string Line(ConditionRows rows, string condition)
    {
        var compiled = ExpressionBinder.CompileCondition(condition, ConditionRows.Schema);
        var batch = new BatchCondition(compiled, ConditionRows.Schema);
        var scalar = new BatchCondition(compiled, ConditionRows.Schema, VectorWidth.Scalar);
        var (found, again) = (rows.SelectByRow(compiled), rows.SelectByBatch(batch));
        if (found != again)
            throw new InvalidOperationException($"{condition}: {found} rows one by one, {again} by batch.");

        var byRow = Best(rows, () => rows.SelectByRow(compiled));
        var byBatch = Best(rows, () => rows.SelectByBatch(batch));
        var byScalar = Best(rows, () => rows.SelectByBatch(scalar));
        var offsets = Best(rows, () => rows.FindOffsets(batch));
        return string.Create(CultureInfo.InvariantCulture,
            $"| `{condition}` | {100.0 * found / rows.Count:0.0} % | {byRow:0.0} | {1e3 / byRow:0.0} M | {byBatch:0.0} | {1e3 / byBatch:0.0} M | {byRow / byBatch:0.0} | {offsets:0.0} | {byScalar:0.0} |");
    }

    /// <summary>Nanoseconds for a row.</summary>
    private static double Best(ConditionRows rows, Func<int> run)
    {
        for (var i = 0; i < 100; i++)
            run(); // the compiler's tiers, which it also needs some time for
        var best = double.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var started = ThreadTime.Now;
            var runs = 0;
            TimeSpan taken;
            do
            {
                run();
                runs++;
                taken = ThreadTime.Now - started;
            }
            while (taken < s_span);
            best = Math.Min(best, taken.TotalNanoseconds / runs / rows.Count);
        }

        return best;
    }
}
