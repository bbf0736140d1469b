using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Cli;

/// <summary><c>helios inspect</c>: format versions, LSNs, segments, sizes, sources with positions, what the last recovery cut.</summary>
internal static class InspectCommand
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static Command Create(CommandIo io)
    {
        var (db, json) = (Database.PathOption(), Database.JsonOption("One JSON object with everything."));
        var command = new Command("inspect", "Shows formats, encryption, LSNs, log segments, sizes, sources with their positions, and the last recovery.") { db, json };
        command.SetAction((parsed, _) => RunAsync(parsed.GetRequiredValue(db), parsed.GetValue(json), io));
        return command;
    }

    private static async Task<int> RunAsync(string path, bool json, CommandIo io)
    {
        await using var engine = await Database.OpenAsync(path, io).ConfigureAwait(false);
        var seen = engine.Inspect();
        if (json)
            JsonOutput.Write(io, writer => JsonSerializer.Serialize(writer, seen, s_json));
        else
            io.Out.Write(Text(seen));
        return ExitCodes.Done;
    }

    private static string Text(EngineInspection seen)
    {
        var text = new StringBuilder();
        Line(text, "database", $"{Printable.Line(seen.Path)}, {seen.DatabaseId}, made {seen.Created.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}");
        Line(text, "formats", $"identity {seen.Formats.Identity}, log {seen.Formats.Frame}, rows {seen.Formats.Row}, catalog {seen.Formats.Catalog}");
        Line(text, "encrypted", Encryption(seen.Encryption));
        Line(text, "lsn", $"visible {seen.Lsns.Visible}, applied {seen.Lsns.Applied}, flushed {seen.Lsns.Flushed}, durable {seen.Lsns.Durable}; the log has {seen.Lsns.Oldest} to {seen.Lsns.Head}");
        Line(text, "epoch", $"{seen.Epoch}");
        Line(text, "recovery", Recovery(seen.Recovery));
        if (seen.Recovery.Indexes is { } indexes)
            Line(text, "indexes", Indexes(indexes));
        Line(text, "sizes", $"log {Printable.Bytes(seen.Sizes.Log)}, store {Printable.Bytes(seen.Sizes.Store)}, keys in memory {Printable.Bytes(seen.Sizes.Indexes)}");
        Line(text, "memory", $"queues and caches {Printable.Bytes(seen.Memory.Queue + seen.Memory.Batch + seen.Memory.Memtables + seen.Memory.Blocks + seen.Memory.TableReaders + seen.Memory.Rows + seen.Memory.Log)} of {Printable.Bytes(seen.Memory.Budget)}, keys {Printable.Bytes(seen.Memory.Index)}");
        var free = seen.Space.Free is { } bytes ? $"{Printable.Bytes(bytes)} free" : "it is not known how much is free";
        Line(text, "disk", $"{free}, {(seen.Space.IsLow ? "too little for inserts: their floor is" : "inserts are refused below")} {Printable.Bytes(seen.Space.Floor)}");
        foreach (var segment in seen.Segments)
            Line(text, "segment", $"{segment.Id}: {(segment.Last < segment.First ? "no commits" : $"LSN {segment.First} to {segment.Last}")}, {Printable.Bytes(segment.Bytes)}, epoch {segment.Epoch}");
        foreach (var table in seen.Tables)
            Line(text, "table", $"{Printable.Line(table.Name)}: {Printable.Count(table.Rows)} rows, {table.Columns.Count} columns");
        foreach (var (table, index) in seen.Tables.SelectMany(t => t.Indexes.Where(i => i.SpilledKeys > 0).Select(i => (t, i))))
            Line(text, "index", $"{Printable.Line(index.Name)} of {Printable.Line(table.Name)}: {Printable.Count(index.Keys)} keys in memory, {Printable.Count(index.SpilledKeys)} in the store only");
        foreach (var (table, constraint) in seen.Tables.SelectMany(t => t.Pending.Select(c => (t, c))))
            Line(text, "pending", $"{Printable.Line(constraint)} of {Printable.Line(table.Name)}: it holds for new rows, those from before are still looked at");
        if (seen.Producers.Count > 0)
            Line(text, "producers", $"{Printable.Count(seen.Producers.Count)}, their commits take {Printable.Bytes(seen.Producers.Bytes)}");
        foreach (var source in seen.Sources)
            Line(text, "source", $"{source.Fingerprint} into {Printable.Line(source.Table)}: record {Printable.Count(source.Record)}, byte {Printable.Count(source.Offset)}, {(source.IsComplete ? "read to its end" : "not read to its end")}, {Printable.Count(source.Stored)} stored, {Printable.Count(source.Rejected)} rejected, LSN {source.Lsn}");
        return text.ToString();
    }

    private static void Line(StringBuilder text, string name, FormattableString value) =>
        Line(text, name, value.ToString(CultureInfo.InvariantCulture));

    private static void Line(StringBuilder text, string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name,-9} {value}\n");

    private static string Encryption(EncryptionInspection? encryption)
    {
        if (encryption is null)
            return "no";
        var from = encryption.Kdf is null ? "" : FormattableString.Invariant($" from a password ({encryption.Kdf}, {Printable.Count(encryption.KdfIterations ?? 0)} iterations)");
        return FormattableString.Invariant($"under key {encryption.KeyId}{from}; data keys: {Printable.Count(encryption.DataKeys)}");
    }

    private static string Indexes(IndexInspection indexes)
    {
        var refused = indexes.Refused is null ? "" : $"; a snapshot was refused: {Printable.Line(indexes.Refused)}";
        return indexes.Snapshot > 0
            ? FormattableString.Invariant($"{Printable.Count(indexes.Keys)} keys from the snapshot of LSN {indexes.Snapshot}, completed by {Printable.Count(indexes.Completed)} commits of the log")
            : FormattableString.Invariant($"{Printable.Count(indexes.Keys)} keys read from the rows{refused}");
    }

    private static string Recovery(RecoveryInspection recovery)
    {
        var cut = recovery.Cut is { } tail
            ? FormattableString.Invariant($"an unsynced tail was cut: {tail.Bytes} bytes of {Printable.Line(tail.Segment)} from byte {tail.Offset}, LSN {tail.Expected} and later")
            : recovery.WasWithoutLog ? "there was no log, it has begun anew" : "nothing was cut";
        var torn = recovery.ManifestBytesCut > 0 ? FormattableString.Invariant($"; {recovery.ManifestBytesCut} bytes were cut from the store's torn manifest") : "";
        return FormattableString.Invariant($"{(recovery.WasClean ? "closed in order" : "not closed in order")}; {recovery.Commits} commits in {recovery.Frames} frames applied from the log; {cut}{torn}");
    }
}
