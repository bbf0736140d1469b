using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Deletes a row by its primary key: reads it ahead, lets Constrain check that it has not changed, repeats where it has.</summary>
internal static class KeyDelete
{
    /// <summary>How often a row that others keep changing is tried.</summary>
    private const int MaxTries = 16;

    /// <returns>The receipt, or null where no row has the key.</returns>
    public static async ValueTask<CommitReceipt?> RunAsync(HeliosEngine engine, TablePlan plan, byte[] key, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var session = engine.OpenSession();
            if (!TryWrite(engine, plan, key, session.Envelope.Changes))
                return null;
            try
            {
                return await session.CommitAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (HeliosException error) when (error.Kind == HeliosErrorKind.Conflict && attempt < MaxTries)
            {
                // What it met is in the log by now, and visible soon: look again.
                await engine.Parts.Visible.WaitAsync(engine.Parts.Durable.Value, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static bool TryWrite(HeliosEngine engine, TablePlan plan, ReadOnlySpan<byte> key, ChangeSetBuilder changes)
    {
        using var view = engine.OpenView();
        using var row = new ByteBuffer();
        if (!view.TryFind(plan, 0, key, row, out var version))
            return false;
        var offsets = new int[plan.Definition.Schema.Columns.Length];
        RowView.ReadOffsets(row.Written, offsets);
        var keys = new List<(uint Index, byte[] Key)>();
        using var other = new ByteBuffer();
        for (var i = 0; i < plan.Encoders.Length; i++)
        {
            other.Truncate(0);
            if (!plan.Encoders[i].Append(row.Written, offsets, other).HasNull)
                keys.Add((plan.Definition.Indexes[i].Id, other.Written.ToArray()));
        }

        changes.BeginDelete(plan.Definition.Id, plan.Definition.Partition, version.Row, version.Lsn, keys.Count);
        foreach (var (index, bytes) in keys)
            changes.VacateKey(index, bytes);
        changes.EndDelete();
        return true;
    }
}
