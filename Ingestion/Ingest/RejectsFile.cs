using System.Text.Json;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>The export of a source's dead letters, one line of JSON each, in the order of the records of each commit.</summary>
/// <remarks>Derived: opened, it is written anew from the table, so a kill between a commit and its lines leaves no gap and no double.</remarks>
internal sealed class RejectsFile : IDisposable
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly FileStream _file;

    private RejectsFile(FileStream file)
    {
        _file = file;
    }

    public static RejectsFile Open(string path, HeliosEngine engine, string table, Guid source)
    {
        var temporary = path + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.Read))
            Export(file, engine, table, source);
        File.Move(temporary, path, overwrite: true);
        return new RejectsFile(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0));
    }

    public void Append(List<(long Record, byte[] Line)> lines)
    {
        if (lines.Count == 0)
            return;
        lines.Sort(static (a, b) => a.Record.CompareTo(b.Record));
        var all = new MemoryStream();
        foreach (var (_, line) in lines)
            all.Write(line);
        _file.Write(all.GetBuffer().AsSpan(0, (int)all.Length));
    }

    public void Dispose() => _file.Dispose();

    private static void Export(Stream file, HeliosEngine engine, string table, Guid source)
    {
        using var view = engine.OpenView();
        using var rows = view.Scan(engine.Parts.Plans[DeadLetters.Definition.Id]);
        var commit = new List<(long Record, byte[] Line)>();
        var lsn = Lsn.Zero;
        while (rows.MoveNext())
        {
            var row = new RowView(rows.Row);
            if (row[1].IsNull || row[1].GetGuid() != source || !row[0].GetUtf8().SequenceEqual(System.Text.Encoding.UTF8.GetBytes(table)))
                continue;
            if (rows.Version != lsn)
                WriteCommit(file, commit);
            lsn = rows.Version;
            commit.Add((row[2].GetInt64(), Line(row)));
        }

        WriteCommit(file, commit);
    }

    private static void WriteCommit(Stream file, List<(long Record, byte[] Line)> commit)
    {
        foreach (var (_, line) in commit.OrderBy(l => l.Record))
            file.Write(line);
        commit.Clear();
    }

    private static byte[] Line(RowView row)
    {
        var rejected = new RejectedRecord
        {
            Record = row[2].GetInt64(),
            Offset = row[3].GetInt64(),
            Code = System.Text.Encoding.UTF8.GetString(row[4].GetUtf8()),
            Column = row[5].IsNull ? null : System.Text.Encoding.UTF8.GetString(row[5].GetUtf8()),
            Message = System.Text.Encoding.UTF8.GetString(row[6].GetUtf8()),
            Raw = row[7].IsNull ? row[9].GetBytes() : row[7].GetUtf8(),
            RawBytes = row[8].GetInt64(),
        };
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, s_options))
            rejected.Write(json);
        line.WriteByte((byte)'\n');
        return line.ToArray();
    }
}
