using System.Buffers.Binary;
using System.Security.Cryptography;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>What a database holds at one LSN.</summary>
/// <param name="Commits">So many commits, from the first one on.</param>
/// <param name="Rows">Their rows.</param>
/// <param name="Lsn">The LSN it was read at.</param>
/// <param name="Digest">SHA-256 of a scan: row ids, versions and bytes.</param>
internal sealed record Content(int Commits, int Rows, Lsn Lsn, string Digest);

/// <summary>Reads all of a database and compares it with the workload that wrote it; throws <see cref="InvariantException"/>.</summary>
internal static class ContentCheck
{
    /// <summary>Looked for beside every row that is there.</summary>
    private static readonly long[] s_absent = [-1, long.MinValue, long.MaxValue];

    public static async Task<Content> ReadAsync(HeliosEngine engine, Workload workload)
    {
        if (engine.FindTable(Workload.Table) is not { } table)
            return new Content(0, 0, engine.Visible, "");
        using var view = engine.OpenView();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (id, commit) = (0, 0);
        using (var rows = view.Scan(table.Plan))
        {
            for (; rows.MoveNext(); id++)
            {
                hash.AppendData(Bytes(rows));
                if (workload.FirstId(commit + 1) == id)
                    commit++;
                Compare(Row.Read(Workload.Schema, rows.Row), id, commit, workload);
                if (id % 2 == 0)
                    MustBeFound(view, table, 0, (long)id, rows.Row);
                else
                    MustBeFound(view, table, 1, workload.Text(id), rows.Row);
            }
        }

        if (workload.CommitsIn(id) is not { } commits)
            throw new InvariantException("I4", $"commit {commit} is there in part: {id - workload.FirstId(commit)} of its {workload.FirstId(commit + 1) - workload.FirstId(commit)} rows");
        var counted = await table.CountAsync();
        InvariantException.Require(counted == id, "I7", $"the counter says {counted}, a scan finds {id} rows");
        foreach (var absent in s_absent.Concat(Enumerable.Range(id, 20).Select(static i => (long)i)))
            MustBeAbsent(view, table, 0, absent);
        for (var i = id; i < id + 20; i++)
            MustBeAbsent(view, table, 1, workload.Text(i));
        return new Content(commits, id, view.Lsn, Convert.ToHexString(hash.GetHashAndReset()));
    }

    /// <summary>The digest alone.</summary>
    public static string Digest(ReadView view, Table table)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var rows = view.Scan(table.Plan);
        while (rows.MoveNext())
            hash.AppendData(Bytes(rows));
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>What the digest takes of a row: its id, its version, its bytes.</summary>
    public static byte[] Bytes(StoreCursor rows)
    {
        var bytes = new byte[16 + rows.Row.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, rows.RowId.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), rows.Version.Value);
        rows.Row.CopyTo(bytes.AsSpan(16));
        return bytes;
    }

    private static void Compare(Row row, int id, int commit, Workload workload)
    {
        var found = (long)row["id"]!;
        InvariantException.Require(found >= id, "I2", $"row {found} is there again, where row {id} should be");
        InvariantException.Require(found == id, "I3", $"row {id} is missing, though row {found} of a later place is there");
        InvariantException.Require((long)row["commit"]! == commit && (string)row["text"]! == workload.Text(id), "I3", $"row {id} is not what commit {commit} wrote");
    }

    /// <summary>By the index, and in the store through its filters: neither may say no to what a scan finds.</summary>
    private static void MustBeFound(ReadView view, Table table, int index, object key, ReadOnlySpan<byte> expected)
    {
        using var row = new ByteBuffer();
        InvariantException.Require(TryFind(view, table, index, key, row), "I8", $"a scan finds {key}, index {index} and filters say that it is not there");
        InvariantException.Require(row.Written.SequenceEqual(expected), "I8", $"index {index} finds another row for {key} than a scan");
    }

    private static void MustBeAbsent(ReadView view, Table table, int index, object key)
    {
        using var row = new ByteBuffer();
        InvariantException.Require(!TryFind(view, table, index, key, row), "I8", $"index {index} finds {key}, which a scan does not");
    }

    private static bool TryFind(ReadView view, Table table, int index, object key, ByteBuffer row)
    {
        using var bytes = new ByteBuffer();
        return KeyProbe.TryEncode(table.Plan, index, [key], bytes) && view.TryFind(table.Plan, index, bytes.Written, row, out _);
    }
}
