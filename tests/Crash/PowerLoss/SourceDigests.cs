using System.Collections.Concurrent;
using System.Security.Cryptography;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>What a database that only ever got rows held at an earlier LSN: the rows of commits up to it. Thread-safe.</summary>
internal sealed class SourceDigests
{
    private readonly ConcurrentDictionary<Lsn, string> _known = new();
    private readonly List<(Lsn Version, byte[] Row)> _rows = [];

    private SourceDigests()
    {
    }

    public static async Task<SourceDigests> ReadAsync(string database)
    {
        var digests = new SourceDigests();
        await using var engine = await HeliosEngine.OpenAsync(database, WriterHost.Options() with { CreateIfMissing = false });
        using var view = engine.OpenView();
        using var rows = view.Scan(engine.FindTable(Workload.Table)!.Plan);
        while (rows.MoveNext())
            digests._rows.Add((rows.Version, ContentCheck.Bytes(rows)));
        return digests;
    }

    /// <summary>The same as <see cref="Content.Digest"/> of the source at that LSN.</summary>
    public string At(Lsn lsn) => _known.GetOrAdd(lsn, static (lsn, rows) =>
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var row in rows.Where(row => row.Version <= lsn))
            hash.AppendData(row.Row);
        return Convert.ToHexString(hash.GetHashAndReset());
    }, _rows);
}
