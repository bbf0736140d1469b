using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.Concurrency;

/// <summary>A way in which a caller takes keys that others want too.</summary>
internal enum Way
{
    Insert,
    TryInsert,
    InsertIfAbsent,

    /// <summary>An upsert that leaves a row that is there as it is.</summary>
    UpsertIfAbsent,

    /// <summary>All keys in one commit of a session, all or none.</summary>
    SessionOfAll,

    /// <summary>All keys in one commit of a session; those that are taken are left out.</summary>
    SessionOfSome,
    ReadCommitted,
    Snapshot,
}

/// <summary>What a caller was told of one key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Name">The name of the row that was to get it: no other attempt has the same.</param>
/// <param name="Won">The commit that gave it the key; zero where it did not.</param>
/// <param name="Code">Why not; null where it got the key, or where the key is not the one that its commit was refused for.</param>
/// <param name="Durable">What was durable when it was told.</param>
/// <param name="IsFound">Was a row with the key found after the answer?</param>
internal sealed record Taking(long Key, string Name, Lsn Won, string? Code, Lsn Durable, bool IsFound)
{
    public const string Taken = "duplicate_key";

    public const string TakenMeanwhile = "conflict"; // where a transaction saw the key free
}

/// <summary>Takes keys, and notes what it was told.</summary>
internal sealed class KeyTaking(Table table, int caller)
{
    public static int Ways { get; } = Enum.GetValues<Way>().Length;

    public async Task<IReadOnlyList<Taking>> TakeAsync(Way way, long[] keys)
    {
        if (way is Way.SessionOfAll or Way.ReadCommitted or Way.Snapshot)
            return await TakeAllAsync(way, keys);
        if (way == Way.SessionOfSome)
            return await TakeSomeAsync(keys);
        var told = new List<Taking>();
        foreach (var key in keys)
            told.Add(await TakeOneAsync(way, key));
        return told;
    }

    private async Task<Taking> TakeOneAsync(Way way, long key)
    {
        var row = Row(key);
        CommitReceipt receipt;
        try
        {
            receipt = way switch
            {
                Way.Insert => await table.InsertAsync(row),
                Way.TryInsert => await table.TryInsertAsync(row),
                Way.InsertIfAbsent => await table.InsertIfAbsentAsync(row),
                _ => await table.UpsertAsync(row, static (_, _) => null),
            };
        }
        catch (HeliosException error)
        {
            return await ToldAsync(key, Lsn.Zero, error.Code);
        }

        return receipt.Rows == 1 ? await ToldAsync(key, receipt.Lsn, null) : await ToldAsync(key, Lsn.Zero, receipt.Error?.Code ?? Taking.Taken);
    }

    private async Task<IReadOnlyList<Taking>> TakeSomeAsync(long[] keys)
    {
        using var session = table.Engine.OpenSession();
        foreach (var key in keys)
            session.Insert(table, Row(key));
        var receipt = await session.CommitAsync(onReject: OnReject.RejectRow);
        var told = new List<Taking>();
        for (var i = 0; i < keys.Length; i++)
        {
            var rejection = receipt.Rejected.SingleOrDefault(row => row.Row == i);
            told.Add(await ToldAsync(keys[i], rejection is null ? receipt.Lsn : Lsn.Zero, rejection?.Code));
        }

        return told;
    }

    private async Task<IReadOnlyList<Taking>> TakeAllAsync(Way way, long[] keys)
    {
        var told = new List<Taking>();
        try
        {
            var receipt = way == Way.SessionOfAll ? await CommitSessionAsync(keys) : await CommitTransactionAsync(way, keys);
            foreach (var key in keys)
                told.Add(await ToldAsync(key, receipt.Lsn, null));
        }
        catch (HeliosException error)
        {
            // The others of its keys may be free: it is not told. A transaction's conflict names no row.
            for (var i = 0; i < keys.Length; i++)
                told.Add(await ToldAsync(keys[i], Lsn.Zero, error.Row == i || (error.Row is null && keys.Length == 1) ? error.Code : null));
            if (error.Code is not (Taking.Taken or Taking.TakenMeanwhile))
                throw;
        }

        return told;
    }

    private async Task<CommitReceipt> CommitSessionAsync(long[] keys)
    {
        using var session = table.Engine.OpenSession();
        foreach (var key in keys)
            session.Insert(table, Row(key));
        return await session.CommitAsync();
    }

    private async Task<CommitReceipt> CommitTransactionAsync(Way way, long[] keys)
    {
        await using var transaction = await table.Engine.BeginTransactionAsync(way == Way.Snapshot ? IsolationLevel.Snapshot : IsolationLevel.ReadCommitted);
        foreach (var key in keys)
            transaction.Insert(table, Row(key));
        return await transaction.CommitAsync();
    }

    private Row Row(long key) => EngineFixture.Row(table, key, Name(key));

    private string Name(long key) => $"key {key} by caller {caller}";

    private async Task<Taking> ToldAsync(long key, Lsn won, string? code)
    {
        var durable = table.Engine.Durable; // before anything else is waited for
        return new Taking(key, Name(key), won, code, durable, IsFound: await table.FindAsync(key) is not null);
    }
}
