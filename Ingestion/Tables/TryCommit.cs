using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Turns a commit's refusal into a receipt.</summary>
internal static class TryCommit
{
    public static async ValueTask<CommitReceipt> ReceiptOf(ValueTask<CommitReceipt> commit)
    {
        try
        {
            return await commit.ConfigureAwait(false);
        }
        catch (HeliosException error)
        {
            IReadOnlyList<RowRejection> rejected = error.Row is { } row ? [new RowRejection(row, error.Code, error.Column, error.Constraint, error.Message)] : [];
            return new CommitReceipt(Lsn.Zero, 0, rejected) { Error = error };
        }
    }
}
