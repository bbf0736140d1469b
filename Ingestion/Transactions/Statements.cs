using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>What the statements of a transaction do to its own writes.</summary>
internal static class Statements
{
    /// <summary>Finds a row by a key; false where there is none.</summary>
    public static bool TryFind(OwnView view, TablePlan plan, int index, ReadOnlySpan<byte> key, ByteBuffer row) => view.TryFind(plan, index, key, row, out _, out _);

    /// <exception cref="HeliosException">Invalid: the row breaks a rule, or one of its keys is taken as far as the transaction sees.</exception>
    public static void Insert(OwnView view, OwnWrites own, TablePlan plan, byte[] row, RowWriteMode mode = RowWriteMode.Insert)
    {
        var content = OwnContent.Of(plan, row);
        var key = KeyOf(plan, content);
        // A row that the transaction deleted comes back as what it was: one row, changed.
        var gone = key is null ? null : own.TableOf(plan)?.FindMeant(key);
        var mine = gone is { IsLive: false } ? gone : own.Add(plan, key, null, mode, isExact: false);
        CheckKeys(view, own, plan, content, mine);
        own.Set(mine, content, mine.Found is null ? mode : RowWriteMode.Upsert, mine.IsExact);
        own.CheckRoom(plan);
    }

    /// <returns>False where one of its keys is taken.</returns>
    public static bool InsertIfAbsent(OwnView view, OwnWrites own, TablePlan plan, byte[] row)
    {
        var content = OwnContent.Of(plan, row);
        using var found = new ByteBuffer();
        for (var i = 0; i < plan.UniqueCount; i++)
        {
            if (content.Keys[i] is { } key && view.TryFind(plan, i, key, found, out _, out _))
                return false;
        }

        Insert(view, own, plan, row, RowWriteMode.InsertIfAbsent);
        return true;
    }

    /// <returns>False where there is no row with its primary key.</returns>
    public static bool Update(OwnView view, OwnWrites own, TablePlan plan, byte[] row)
    {
        var content = OwnContent.Of(plan, row);
        if (TryOwn(view, own, plan, KeyOf(plan, content) ?? throw NoKey(plan), RowWriteMode.Update) is not { } mine)
            return false;
        Change(view, own, plan, mine, content, mine.Mode);
        return true;
    }

    public static void Upsert(OwnView view, OwnWrites own, TablePlan plan, byte[] row)
    {
        var content = OwnContent.Of(plan, row);
        if (TryOwn(view, own, plan, KeyOf(plan, content) ?? throw NoKey(plan), RowWriteMode.Upsert) is { } mine)
            Change(view, own, plan, mine, content, mine.Found is null ? mine.Mode : RowWriteMode.Upsert);
        else
            Insert(view, own, plan, row, RowWriteMode.Upsert);
    }

    /// <returns>False where there is no row with the key.</returns>
    public static bool Delete(OwnView view, OwnWrites own, TablePlan plan, ReadOnlySpan<byte> key)
    {
        if (TryOwn(view, own, plan, key, RowWriteMode.Delete) is not { } mine)
            return false;
        own.Set(mine, null, RowWriteMode.Delete, mine.IsExact);
        own.CheckRoom(plan);
        return true;
    }

    /// <summary>Changes the rows that a condition holds for; returns how many.</summary>
    public static int ChangeWhere(OwnView view, OwnWrites own, TablePlan plan, RowChange change)
    {
        var changed = 0;
        using var rows = view.Scan(plan);
        while (rows.MoveNext())
        {
            if (!change(rows.Current, out var after))
                continue;
            var mine = rows.Mine;
            if (mine is null)
            {
                var found = rows.Current.ToArray();
                var key = plan.Definition.Schema.PrimaryKey.IsEmpty ? null : OwnContent.Of(plan, found).Keys[0];
                mine = own.Add(plan, key, new StoredRowVersion(rows.Row, rows.Version, found, view.Stored.Lsn), RowWriteMode.Update, isExact: true);
            }

            if (after is null)
                own.Set(mine, null, RowWriteMode.Delete, isExact: true);
            else
                Change(view, own, plan, mine, OwnContent.Of(plan, after), RowWriteMode.Update);
            own.CheckRoom(plan);
            changed++;
        }

        return changed;
    }

    /// <summary>The row that has a primary key, as the transaction's own; null where there is none.</summary>
    private static OwnRow? TryOwn(OwnView view, OwnWrites own, TablePlan plan, ReadOnlySpan<byte> key, RowWriteMode mode)
    {
        using var found = new ByteBuffer();
        if (!view.TryFind(plan, 0, key, found, out var mine, out var version))
            return null;
        return mine ?? own.Add(plan, key.ToArray(), new StoredRowVersion(version.Row, version.Lsn, found.Written.ToArray(), view.Stored.Lsn), mode, isExact: false);
    }

    private static void Change(OwnView view, OwnWrites own, TablePlan plan, OwnRow mine, OwnContent content, RowWriteMode mode)
    {
        CheckKeys(view, own, plan, content, mine);
        own.Set(mine, content, mine.Found is null ? mine.Mode : mode, mine.IsExact);
        own.CheckRoom(plan);
    }

    /// <summary>Refuses what can be known to collide; the final word is said at the commit.</summary>
    private static void CheckKeys(OwnView view, OwnWrites own, TablePlan plan, OwnContent content, OwnRow mine)
    {
        using var found = new ByteBuffer();
        for (var i = 0; i < plan.UniqueCount; i++)
        {
            if (content.Keys[i] is not { } key)
                continue;
            var table = own.TableOf(plan);
            var other = table?.FindLive(i, key);
            if (other is not null ? other != mine : view.Stored.TryFind(plan, i, key, found, out var version) && !IsOwned(table, version.Row, found.Written, mine))
                throw RowErrors.Duplicate(plan, i, own.Rows.Count - 1);
        }
    }

    /// <summary>Does an own row stand in the place of a stored one? A new row with its key does not: it collides.</summary>
    private static bool IsOwned(OwnTable? table, RowId row, ReadOnlySpan<byte> content, OwnRow mine) =>
        table?.OwnerOf(row, content) is { } owner && (owner != mine || mine.Found is not null);

    private static byte[]? KeyOf(TablePlan plan, OwnContent content) => plan.Definition.Schema.PrimaryKey.IsEmpty ? null : content.Keys[0];

    private static InvalidOperationException NoKey(TablePlan plan) => new($"Table {plan.Definition.Name} has no primary key.");
}
