using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Sends commits under numbers.</summary>
internal static class NumberedCommit
{
    public static readonly ProducerId Someone = ProducerId.From("someone");

    public static Task<Table> ThingsAsync(this HeliosEngine engine) => engine.TableAsync("things", EngineFixture.Schema);

    /// <summary>Sends the row that has the number for its id.</summary>
    public static ValueTask<CommitReceipt> SendAsync(this Table table, long sequence, ProducerId? producer = null, Durability durability = Durability.Visible) =>
        table.SendAsync([sequence], sequence, producer, durability: durability);

    public static async ValueTask<CommitReceipt> SendAsync(
        this Table table, IEnumerable<long> ids, long sequence, ProducerId? producer = null, OnReject onReject = OnReject.RejectCommit, Durability durability = Durability.Visible)
    {
        using var session = table.Engine.OpenSession();
        foreach (var id in ids)
            session.Insert(table, EngineFixture.Row(table, id));
        return await session.CommitAsync(producer ?? Someone, sequence, durability, onReject);
    }

    public static async Task RefusedAsync(string code, Func<ValueTask<CommitReceipt>> commit)
    {
        var error = await Assert.ThrowsAsync<HeliosException>(async () => await commit());
        Assert.Equal((code, HeliosErrorKind.Invalid), (error.Code, error.Kind));
    }

    public static void AssertRepeats(CommitReceipt first, CommitReceipt repeat)
    {
        Assert.False(first.IsRepeat);
        Assert.True(repeat.IsRepeat);
        Assert.Equal((first.Lsn, first.Rows, first.Rejected.Count), (repeat.Lsn, repeat.Rows, repeat.Rejected.Count + repeat.UnlistedRejections));
        Assert.Equal(first.Rejected.Take(repeat.Rejected.Count), repeat.Rejected);
    }
}
