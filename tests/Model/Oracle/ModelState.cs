namespace Helios.Pipeline.Model.Tests;

/// <summary>What the database holds at one LSN.</summary>
internal sealed class ModelState
{
    private readonly ModelTable?[] _tables = new ModelTable?[ModelSchema.Tables.Count];

    /// <summary>Positions of sources: how far each has been taken into each table.</summary>
    public Dictionary<(int Table, string Key), ModelSource> Sources { get; } = [];

    /// <summary>Rejected records of all inputs.</summary>
    public int DeadLetters { get; private set; }

    /// <summary>A table, or null where it was not created.</summary>
    public ModelTable? this[int table] => _tables[table];

    public void Apply(ModelChange change)
    {
        switch (change)
        {
            case TableCreated created:
                _tables[created.Table] = new ModelTable();
                break;
            case IdsTaken taken:
                _tables[taken.Table]!.HighestId += (ulong)taken.Count;
                break;
            case RowInserted inserted:
                _tables[inserted.Table]!.Rows.Add(inserted.Id, inserted.Row);
                break;
            case RowUpdated updated:
                _tables[updated.Table]!.Rows[updated.Id] = updated.Row;
                break;
            case RowDeleted deleted:
                _tables[deleted.Table]!.Rows.Remove(deleted.Id);
                break;
            case SourceMoved moved:
                Sources[(moved.Table, moved.Key)] = moved.To;
                break;
            case RecordsRejected rejected:
                DeadLetters += rejected.Count;
                break;
        }
    }
}

/// <summary>Rows by their id, and the highest id that a commit took.</summary>
internal sealed class ModelTable
{
    public SortedDictionary<ulong, ModelRow> Rows { get; } = [];

    public ulong HighestId { get; set; }
}

/// <summary>Where a source stands.</summary>
/// <param name="Taken">The content that is decided; its length is the position.</param>
/// <param name="Record">The last decided record.</param>
internal sealed record ModelSource(string Taken, long Record, bool Complete, long Stored, long Rejected);
