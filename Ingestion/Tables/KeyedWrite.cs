using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>
/// Changes the row with a primary key: reads it ahead, lets Constrain check that it has not changed since, and repeats where it has. Each is one commit.
/// </summary>
internal static class KeyedWrite
{
    /// <summary>How often a row that others keep changing is tried; each time one of them has got through.</summary>
    private const int MaxTries = 1_000;

    /// <summary>Contents of an updated row that are written both, the old one and the new one; beyond it the new one alone: a long row fits into its commit only once.</summary>
    private const int MaxImages = 8 << 20;

    /// <returns>The receipt, or null where no row has the key.</returns>
    public static ValueTask<CommitReceipt?> DeleteAsync(HeliosEngine engine, TablePlan plan, byte[] key, CancellationToken cancellationToken) =>
        RunAsync(engine, plan, session => TryDelete(engine, plan, key, session.Envelope.Changes), insertsToo: false, cancellationToken);

    /// <summary>Deletes the row with a primary key given by its values.</summary>
    public static async ValueTask<CommitReceipt> DeleteAsync(HeliosEngine engine, TablePlan plan, object[] key)
    {
        ArgumentNullException.ThrowIfNull(key);
        using var bytes = new ByteBuffer();
        return KeyProbe.TryEncode(plan, 0, key, bytes)
            ? await DeleteAsync(engine, plan, bytes.Written.ToArray(), CancellationToken.None).ConfigureAwait(false) ?? NotFound(engine)
            : NotFound(engine);
    }

    /// <summary>The answer where no row has the key.</summary>
    public static CommitReceipt NotFound(HeliosEngine engine) => new(engine.Visible, 0, []);

    /// <summary>Gives the row that has the primary key of <paramref name="row"/> that content.</summary>
    /// <returns>The receipt, or null where no row has the key.</returns>
    /// <exception cref="HeliosException">As for an insert; Conflict: others have changed the row at each try.</exception>
    public static ValueTask<CommitReceipt?> UpdateAsync(HeliosEngine engine, TablePlan plan, byte[] row, CancellationToken cancellationToken)
    {
        var key = PrimaryKeyOf(plan, row);
        return RunAsync(engine, plan, session => TryUpdate(engine, plan, key, row, session.Envelope.Changes), insertsToo: false, cancellationToken);
    }

    /// <summary>The same, or an insert where no row has the key.</summary>
    public static async ValueTask<CommitReceipt> UpsertAsync(HeliosEngine engine, TablePlan plan, byte[] row, CancellationToken cancellationToken)
    {
        var key = PrimaryKeyOf(plan, row);
        var receipt = await RunAsync(engine, plan, session =>
        {
            if (!TryUpdate(engine, plan, key, row, session.Envelope.Changes))
                Insert(session, plan, row);
            return true;
        }, insertsToo: true, cancellationToken).ConfigureAwait(false);
        return receipt!.Value;
    }

    private static async ValueTask<CommitReceipt?> RunAsync(HeliosEngine engine, TablePlan plan, Func<Session, bool> tryWrite, bool insertsToo, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var session = engine.OpenSession();
            if (!tryWrite(session))
                return null;
            try
            {
                return await session.CommitAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            }
            catch (HeliosException error) when (attempt < MaxTries && (error.Kind == HeliosErrorKind.Conflict || (insertsToo && IsTaken(error, plan))))
            {
                // What it met is in the log by now, and visible soon: look again.
                await engine.Parts.Visible.WaitAsync(engine.Parts.Log.Head, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Has somebody inserted the primary key since it was looked for?</summary>
    private static bool IsTaken(HeliosException error, TablePlan plan) => error.Code == "duplicate_key" && error.Constraint == plan.IndexName(0);

    private static bool TryDelete(HeliosEngine engine, TablePlan plan, ReadOnlySpan<byte> key, ChangeSetBuilder changes)
    {
        using var view = engine.OpenView();
        using var row = new ByteBuffer();
        if (!view.TryFind(plan, 0, key, row, out var version))
            return false;
        using var keys = new RowKeys(plan, row.Written);
        changes.BeginDelete(plan.Definition.Id, plan.Definition.Partition, version.Row, version.Lsn, keys.Count);
        for (var i = 0; i < plan.Encoders.Length; i++)
        {
            if (keys.Has(i))
                changes.VacateKey(plan.Definition.Indexes[i].Id, keys[i]);
        }

        changes.EndDelete();
        return true;
    }

    private static bool TryUpdate(HeliosEngine engine, TablePlan plan, ReadOnlySpan<byte> key, ReadOnlySpan<byte> row, ChangeSetBuilder changes)
    {
        using var view = engine.OpenView();
        using var before = new ByteBuffer();
        if (!view.TryFind(plan, 0, key, before, out var version))
            return false;
        using var old = new RowKeys(plan, before.Written);
        using var now = new RowKeys(plan, row);
        var fits = before.Length + row.Length <= MaxImages;
        changes.BeginUpdate(plan.Definition.Id, plan.Definition.Partition, version.Row, version.Lsn, fits ? before.Written : []);
        changes.Buffer.Append(row);
        changes.EndUpdatedRow();
        var vacated = 0;
        for (var i = 0; i < plan.Encoders.Length; i++)
        {
            if (!old.Has(i) || (now.Has(i) && old[i].SequenceEqual(now[i])))
                continue;
            changes.VacateKey(plan.Definition.Indexes[i].Id, old[i]);
            vacated++;
        }

        changes.EndUpdate(vacated);
        return true;
    }

    private static void Insert(Session session, TablePlan plan, ReadOnlySpan<byte> row)
    {
        var changes = session.BeginRow(plan);
        changes.Buffer.Append(row);
        changes.EndRow();
    }

    /// <summary>The key to look for; a row that no table would take is refused here, as an insert of it would be.</summary>
    private static byte[] PrimaryKeyOf(TablePlan plan, ReadOnlySpan<byte> row)
    {
        var schema = plan.Definition.Schema;
        if (schema.PrimaryKey.IsEmpty)
            throw new InvalidOperationException($"Table {plan.Definition.Name} has no primary key.");
        var offsets = new int[schema.Columns.Length];
        if (!RowRules.TryValidate(schema, row, offsets, out var fault))
            throw RowErrors.Refused(plan.Definition, fault);
        using var key = new ByteBuffer();
        return plan.Encoders[0].Append(row, offsets, key).IsTooLong
            ? throw RowErrors.Refused(plan.Definition.Name, new RowRejection(0, "key_too_long", null, plan.IndexName(0), $"The key of {plan.IndexName(0)} is longer than {RowFormat.MaxKeyBytes} bytes."))
            : key.Written.ToArray();
    }
}
