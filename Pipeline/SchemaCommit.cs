using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Alters tables by commits of the engine's own. Any thread.</summary>
internal static class SchemaCommit
{
    /// <summary>Alters a table, again where somebody else did so meanwhile.</summary>
    /// <param name="path">The write path.</param>
    /// <param name="plans">Its tables.</param>
    /// <param name="table">The table.</param>
    /// <param name="change">Makes the next definition of the last one; null where there is nothing to change any more.</param>
    /// <param name="cancellationToken">Gives up waiting for credit.</param>
    /// <returns>The new definition, which is visible; null where nothing was changed.</returns>
    /// <exception cref="HeliosException">The change breaks a rule, or the path has failed; nothing was changed.</exception>
    public static async Task<TableDefinition?> AlterAsync(WritePath path, TablePlans plans, TableId table, Func<TableDefinition, TableDefinition?> change, CancellationToken cancellationToken)
    {
        while (change(plans[table].Definition) is { } next)
        {
            var envelope = WriteEnvelope.Rent();
            envelope.Changes.AlterTable(next);
            try
            {
                await SubmitAsync(path, envelope, cancellationToken).ConfigureAwait(false);
                return next;
            }
            catch (HeliosException raced) when (raced.Code == "conflict")
            {
                // The definition of now is another one.
            }
        }

        return null;
    }

    /// <summary>Takes rows to an index that is filled; ends when everything that the outcome rests on is visible.</summary>
    public static Task FillAsync(WritePath path, IndexFill fill, CancellationToken cancellationToken)
    {
        var envelope = WriteEnvelope.Rent();
        envelope.Fill = fill;
        return SubmitAsync(path, envelope, cancellationToken);
    }

    private static async Task SubmitAsync(WritePath path, WriteEnvelope envelope, CancellationToken cancellationToken)
    {
        envelope.Changes.Seal();
        var ticket = CommitTicket.Rent();
        var answer = ticket.Task;
        envelope.SetTicket(ticket);
        await path.SubmitAsync(envelope, new SessionOrder(), cancellationToken).ConfigureAwait(false);
        await answer.ConfigureAwait(false);
    }
}
