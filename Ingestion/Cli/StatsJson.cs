using System.Text.Json;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Cli;

/// <summary>What <c>helios stats --json</c> writes.</summary>
internal static class StatsJson
{
    public static void Write(Utf8JsonWriter writer, string path, EngineCounters counters, IReadOnlyList<TableStats> tables)
    {
        writer.WriteStartObject();
        writer.WriteString("path", path);
        writer.WriteNumber("lsn", counters.Visible.Value);
        writer.WriteNumber("flushed", counters.Flushed.Value);
        writer.WriteNumber("logBytes", counters.LogBytes);
        writer.WriteNumber("storeBytes", counters.StoreBytes);
        writer.WriteNumber("liveBytes", counters.LiveBytes);
        writer.WriteStartArray("tables");
        foreach (var table in tables)
            Write(writer, table);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, TableStats table)
    {
        writer.WriteStartObject();
        writer.WriteString("name", table.Counts.Name);
        writer.WriteNumber("rows", table.Counts.Rows);
        writer.WriteNumber("bytes", table.Counts.Bytes);
        writer.WriteStartArray("indexes");
        foreach (var index in table.Indexes)
        {
            writer.WriteStartObject();
            writer.WriteString("name", index.Name);
            writer.WriteBoolean("unique", index.IsUnique);
            writer.WriteNumber("keys", index.Keys);
            writer.WriteNumber("spilledKeys", index.SpilledKeys);
            writer.WriteNumber("bytes", index.Bytes);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WritePropertyName("statistics");
        if (table.Analysis is { } analysis)
            Write(writer, analysis);
        else
            writer.WriteNullValue();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, TableAnalysis analysis)
    {
        writer.WriteStartObject();
        writer.WriteNumber("rows", analysis.Rows);
        writer.WriteNumber("averageRowBytes", analysis.AverageRowBytes);
        writer.WriteNumber("asOf", analysis.AsOf.Value);
        writer.WriteString("time", analysis.Time);
        writer.WriteNumber("changesSince", analysis.ChangesSince);
        writer.WriteStartArray("columns");
        foreach (var column in analysis.Columns)
            Write(writer, column);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ColumnAnalysis column)
    {
        writer.WriteStartObject();
        writer.WriteString("name", column.Name);
        if (column.DistinctCount is { } distinct)
            writer.WriteNumber("distinct", distinct);
        writer.WriteNumber("nullFraction", column.NullFraction);
        writer.WriteNumber("averageBytes", column.AverageBytes);
        Write(writer, "min", column.Min, column.IsMinClipped);
        Write(writer, "max", column.Max, column.IsMaxClipped);
        writer.WriteStartArray("mostCommon");
        foreach (var common in column.MostCommon)
        {
            writer.WriteStartObject();
            Write(writer, "value", common.Value, common.IsClipped);
            writer.WriteNumber("frequency", common.Frequency);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("histogram");
        foreach (var bound in column.Histogram)
            StatsValue.Write(writer, bound);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, object? value, bool isClipped)
    {
        if (value is null)
            return;
        writer.WritePropertyName(name);
        StatsValue.Write(writer, value);
        if (isClipped)
            writer.WriteBoolean(name + "Clipped", true);
    }
}
