using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <content>Writes of one row each. Nobody else sees them before the commit.</content>
public sealed partial class Transaction
{
    /// <summary>Adds a row.</summary>
    /// <exception cref="HeliosException">Invalid: the row breaks a rule, or one of its keys is taken as far as the transaction sees; the transaction is as before the call. <c>commit_too_long</c>: no commit would hold its writes.</exception>
    /// <exception cref="InvalidOperationException">The transaction has ended.</exception>
    public void Insert(Table table, Row row)
    {
        Check(table);
        Write(table.Plan, RowWriteMode.Insert, table.Encode(row));
    }

    /// <inheritdoc cref="Insert(Table, Row)"/>
    public void Insert<T>(Table<T> table, T row)
    {
        Check(table);
        Write(table.Plan, RowWriteMode.Insert, table.Encode(row));
    }

    /// <summary>Adds a row unless one of its keys, the primary or a unique one, is taken.</summary>
    /// <returns>True where it was added.</returns>
    /// <inheritdoc cref="Insert(Table, Row)" path="/exception"/>
    public bool InsertIfAbsent(Table table, Row row)
    {
        Check(table);
        return Write(table.Plan, RowWriteMode.InsertIfAbsent, table.Encode(row));
    }

    /// <inheritdoc cref="InsertIfAbsent(Table, Row)"/>
    public bool InsertIfAbsent<T>(Table<T> table, T row)
    {
        Check(table);
        return Write(table.Plan, RowWriteMode.InsertIfAbsent, table.Encode(row));
    }

    /// <summary>Gives the row with the primary key of <paramref name="row"/> that content.</summary>
    /// <param name="table">A table with a primary key.</param>
    /// <param name="row">All columns: those that are not set become NULL.</param>
    /// <returns>False where no row has the key.</returns>
    /// <exception cref="HeliosException">As for an insert.</exception>
    /// <exception cref="InvalidOperationException">The table has no primary key, or the transaction has ended.</exception>
    public bool Update(Table table, Row row)
    {
        Check(table);
        return Write(table.Plan, RowWriteMode.Update, table.Encode(row));
    }

    /// <inheritdoc cref="Update(Table, Row)"/>
    public bool Update<T>(Table<T> table, T row)
    {
        Check(table);
        return Write(table.Plan, RowWriteMode.Update, table.Encode(row));
    }

    /// <summary>The same, or an insert where no row has the key.</summary>
    /// <inheritdoc cref="Update(Table, Row)" path="/param|/exception"/>
    public void Upsert(Table table, Row row)
    {
        Check(table);
        Write(table.Plan, RowWriteMode.Upsert, table.Encode(row));
    }

    /// <inheritdoc cref="Upsert(Table, Row)"/>
    public void Upsert<T>(Table<T> table, T row)
    {
        Check(table);
        Write(table.Plan, RowWriteMode.Upsert, table.Encode(row));
    }

    /// <summary>Deletes the row with a primary key.</summary>
    /// <param name="table">A table with a primary key.</param>
    /// <param name="key">The key's values in key order.</param>
    /// <returns>False where no row has the key.</returns>
    /// <exception cref="InvalidOperationException">The table has no primary key, or the transaction has ended.</exception>
    /// <exception cref="ArgumentException">A value is of another type than its column, or there are more or fewer than columns.</exception>
    public bool Delete(Table table, params object[] key)
    {
        Check(table);
        ArgumentNullException.ThrowIfNull(key);
        using var bytes = new ByteBuffer();
        return KeyProbe.TryEncode(table.Plan, 0, key, bytes) && Delete(table.Plan, bytes.Written);
    }

    /// <inheritdoc cref="Delete(Table, object[])"/>
    public bool Delete<T>(Table<T> table, params object[] key)
    {
        Check(table);
        ArgumentNullException.ThrowIfNull(key);
        using var probe = new TypedKey<T>(table);
        return probe.TryWriteAll(key) && Delete(table.Plan, probe.Key);
    }

    private bool Delete(TablePlan plan, ReadOnlySpan<byte> key)
    {
        using var statement = Enter();
        var mark = _own.Mark();
        var isDone = false;
        try
        {
            if (Find(statement.View, plan, key, RowWriteMode.Delete) is not { } row)
                return false;
            Apply(statement.View, row, null, row.ModeWhenGone);
            OwnReferences.Settle(statement.View, _own, mark);
            return isDone = true;
        }
        finally
        {
            EndStatement(mark, isDone);
        }
    }

    private bool Write(TablePlan plan, RowWriteMode mode, byte[] encoded)
    {
        using var statement = Enter();
        var content = OwnContent.Of(plan, encoded);
        var mark = _own.Mark();
        var isDone = false;
        try
        {
            var isWritten = mode is RowWriteMode.Insert or RowWriteMode.InsertIfAbsent
                ? AddNew(statement.View, plan, content, mode)
                : Change(statement.View, plan, content, mode);
            if (isWritten)
                OwnReferences.Settle(statement.View, _own, mark);
            return isDone = isWritten;
        }
        finally
        {
            EndStatement(mark, isDone);
        }
    }

    private bool Change(OwnView view, TablePlan plan, OwnContent content, RowWriteMode mode)
    {
        if (Find(view, plan, content.Keys is [var key, ..] ? key : default, mode) is not { } row)
            return mode == RowWriteMode.Upsert && AddNew(view, plan, content, mode);
        Apply(view, row, content, Again(row, mode));
        return true;
    }

    private bool AddNew(OwnView view, TablePlan plan, OwnContent content, RowWriteMode mode)
    {
        if (view.FindTaken(plan, content, null) is { } taken)
            return mode == RowWriteMode.InsertIfAbsent ? false : throw RowErrors.Duplicate(plan, taken);
        var key = plan.Definition.Schema.PrimaryKey.IsEmpty ? null : content.Keys[0];
        var gone = key is null ? null : _own.TableOf(plan)?.FindMeant(key);
        if (gone is { IsLive: false })
            _own.Set(gone, content, Again(gone, mode)); // the same row once more
        else
            _own.Set(_own.Add(plan, key, null, mode, isExact: false), content, mode);
        return true;
    }

    /// <summary>The own entry of the row that has a primary key; made where the row is a stored one.</summary>
    private OwnRow? Find(OwnView view, TablePlan plan, ReadOnlySpan<byte> key, RowWriteMode mode)
    {
        if (plan.Definition.Schema.PrimaryKey.IsEmpty)
            throw RowErrors.NoKey(plan.Definition.Name);
        using var stored = new ByteBuffer();
        if (!view.TryFind(plan, 0, key, stored, out var mine, out var version))
            return null;
        return mine ?? _own.Add(plan, key.ToArray(), new StoredRowVersion(version.Row, version.Lsn, stored.Written.ToArray(), view.Stored.Lsn), mode, isExact: false);
    }

    /// <summary>Gives an own row a content, where no other row has its keys.</summary>
    private void Apply(OwnView view, OwnRow row, OwnContent? content, RowWriteMode mode)
    {
        if (content is not null && view.FindTaken(row.Plan, content, row) is { } taken)
            throw RowErrors.Duplicate(row.Plan, taken);
        _own.Set(row, content, mode);
    }

    /// <summary>A statement that has not come to its end leaves nothing.</summary>
    private void EndStatement(int mark, bool isDone)
    {
        if (!isDone)
            _own.UndoTo(mark);
        _own.Drop(mark);
    }

    /// <summary>What is wanted of a row that is written once more.</summary>
    private static RowWriteMode Again(OwnRow row, RowWriteMode mode) => row.Mode switch
    {
        RowWriteMode.Absent => RowWriteMode.Insert,
        RowWriteMode.Delete or RowWriteMode.InsertIfAbsent => RowWriteMode.Upsert,
        RowWriteMode.Update when mode == RowWriteMode.Upsert => RowWriteMode.Upsert,
        var before => before,
    };
}
