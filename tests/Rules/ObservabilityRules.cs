using System.Diagnostics.Metrics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace Helios.Pipeline.Rules.Tests;

/// <summary>docs/observability.md is a promise to dashboards: it lists every instrument, activity and message, and nothing else.</summary>
public sealed partial class ObservabilityRules
{
    private static readonly string s_document = File.ReadAllText(Path.Combine(SourceRules.Root(), "docs", "observability.md"));

    [Fact]
    public void The_documented_instruments_are_the_actual_ones()
    {
        var actual = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == PipelineMetrics.MeterName)
                    actual.Add($"{instrument.Name} {KindOf(instrument)} {instrument.Unit}");
            },
        };
        listener.Start();
        using (new PipelineMetrics())
            Assert.Equal(actual.Order(), InstrumentRow().Matches(s_document).Select(m => $"{m.Groups[1]} {m.Groups[2]} {m.Groups[3]}").Order());
    }

    [Fact]
    public void The_documented_activities_are_the_actual_ones()
    {
        var actual = typeof(PipelineActivities).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(f => f.IsLiteral && f.Name != nameof(PipelineActivities.SourceName))
            .Select(f => (string)f.GetRawConstantValue()!);
        var section = s_document[s_document.IndexOf("## Activities", StringComparison.Ordinal)..s_document.IndexOf("## Log messages", StringComparison.Ordinal)];
        Assert.Equal(actual.Order(), ActivityRow().Matches(section).Select(m => m.Groups[1].Value).Order());
    }

    [Fact]
    public void The_documented_messages_are_the_actual_ones()
    {
        Assembly[] product = [typeof(Storage.HeliosException).Assembly, typeof(PipelineMetrics).Assembly, typeof(Maintenance.CheckpointStage).Assembly, typeof(Ingestion.HeliosEngine).Assembly];
        var actual = product.SelectMany(a => a.GetTypes())
            .SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .SelectMany(m => m.GetCustomAttributes<LoggerMessageAttribute>())
            .Select(a => string.Create(CultureInfo.InvariantCulture, $"{a.EventId} {a.Level}"));
        Assert.Equal(actual.Order(), MessageRow().Matches(s_document).Select(m => $"{m.Groups[1]} {m.Groups[2]}").Order());
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name switch
    {
        var name when name.StartsWith("Histogram", StringComparison.Ordinal) => "histogram",
        var name when name.StartsWith("Counter", StringComparison.Ordinal) => "counter",
        var name when name.StartsWith("ObservableGauge", StringComparison.Ordinal) => "gauge",
        var name => name,
    };

    [GeneratedRegex(@"^\| `(helios\.[a-z.]+)` \| (\w+) \| `([^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex InstrumentRow();

    [GeneratedRegex(@"^\| `(helios\.[a-z.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex ActivityRow();

    [GeneratedRegex(@"^\| (\d{4}) \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex MessageRow();
}
