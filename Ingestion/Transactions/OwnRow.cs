using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A row that a transaction has changed, as it was found and as it is to be.</summary>
internal sealed class OwnRow(TablePlan plan, byte[]? key, StoredRowVersion? found, bool isExact)
{
    /// <summary>What the log adds to a changed row: headers of the operation and of a key.</summary>
    private const int ChangeOverhead = 56;

    /// <summary>What it adds to a new row.</summary>
    private const int InsertOverhead = 8;

    public TablePlan Plan { get; } = plan;

    /// <summary>The primary key by which the row is meant, whatever key it is given later; null in a table without one.</summary>
    public byte[]? Key { get; } = key;

    /// <summary>The row that was found; null for a new one.</summary>
    public StoredRowVersion? Found { get; } = found;

    /// <summary>The row as it is to be; null where there is to be none.</summary>
    public OwnContent? Content { get; set; }

    /// <summary>What is wanted, where the row goes by its key.</summary>
    public RowWriteMode Mode { get; set; }

    /// <summary>Does the content rest on what was found, at every level?</summary>
    public bool IsExact { get; } = isExact;

    /// <summary>Number of the last entry about it in the undo list; -1 where there is none.</summary>
    public long LastUndo { get; set; } = -1;

    public bool IsLive => Content is not null;

    /// <summary>What is wanted when the row is to go: an insert that is taken back still needs its key to be free.</summary>
    public RowWriteMode ModeWhenGone => Mode is RowWriteMode.Insert ? RowWriteMode.Absent : RowWriteMode.Delete;

    /// <summary>What is wanted when the row, as it was read, is to be another one.</summary>
    public RowWriteMode ModeWhenChanged => Mode is RowWriteMode.InsertIfAbsent ? RowWriteMode.Upsert : Mode;

    /// <summary>Bytes of the commit that it takes with a content.</summary>
    public int CostOf(OwnContent? content)
    {
        var after = content?.Row.Length ?? 0;
        if (Found is null)
            return content is null ? 0 : after + InsertOverhead;
        var both = after + Found.Content.Length;
        return (both <= CommitDecision.MaxImages ? both : after) + ChangeOverhead + (Key?.Length ?? 0);
    }
}

/// <summary>A stored row that a statement has found.</summary>
/// <param name="Row">Its id.</param>
/// <param name="Lsn">The commit that wrote this version.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="ReadAt">The commit up to which the statement looked.</param>
internal sealed record StoredRowVersion(RowId Row, Lsn Lsn, byte[] Content, Lsn ReadAt);

/// <summary>A row's bytes and its keys in every index; a key is null where a column of it is NULL.</summary>
internal sealed record OwnContent(byte[] Row, byte[]?[] Keys)
{
    /// <exception cref="HeliosException">Invalid: the row breaks a rule of its columns or of its table.</exception>
    public static OwnContent Of(TablePlan plan, byte[] row)
    {
        var definition = plan.Definition;
        var offsets = new int[definition.Schema.Columns.Length];
        if (!RowRules.TryValidate(definition.Schema, row, offsets, out var fault))
            throw RowErrors.Refused(definition, fault);
        if (plan.Checks?.Check(row, offsets, 0) is { } rejection)
            throw RowErrors.Refused(definition.Name, rejection);
        return new OwnContent(row, KeysOf(plan, row, offsets));
    }

    /// <summary>The keys of a row in every index.</summary>
    public static byte[]?[] KeysOf(TablePlan plan, ReadOnlySpan<byte> row)
    {
        var offsets = new int[plan.Definition.Schema.Columns.Length];
        RowView.ReadOffsets(row, offsets);
        return KeysOf(plan, row, offsets);
    }

    private static byte[]?[] KeysOf(TablePlan plan, ReadOnlySpan<byte> row, ReadOnlySpan<int> offsets)
    {
        var keys = new byte[]?[plan.Encoders.Length];
        using var key = new ByteBuffer();
        for (var i = 0; i < keys.Length; i++)
        {
            key.Truncate(0);
            var made = plan.Encoders[i].Append(row, offsets, key);
            if (made.IsTooLong)
                throw RowErrors.KeyTooLong(plan, i);
            keys[i] = made.HasNull ? null : key.Written.ToArray();
        }

        return keys;
    }
}
