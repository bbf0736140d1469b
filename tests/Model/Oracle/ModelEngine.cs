namespace Helios.Pipeline.Model.Tests;

/// <summary>
/// The oracle: a list of commits, each with its changes. Every state is a replay of a prefix of that list; a crash cuts the list.
/// It knows nothing of stages, groups, files or trees.
/// </summary>
internal sealed class ModelEngine
{
    private readonly List<ModelCommit> _commits = [];
    private readonly HashSet<ulong> _told = [];

    /// <summary>What survived and what was added since, in order.</summary>
    public IReadOnlyList<ModelCommit> Commits => _commits;

    /// <summary>The newest state.</summary>
    public ModelState Head { get; private set; } = new();

    public ulong LastLsn => _commits.Count == 0 ? 0 : _commits[^1].Lsn;

    /// <summary>No power loss may take a commit up to this one.</summary>
    public ulong Durable { get; private set; }

    /// <summary>Commits whose callers were told "unknown": they may be there after the next open, or not.</summary>
    public List<ModelCommit> Unknown { get; } = [];

    public ModelState At(ulong lsn)
    {
        var state = new ModelState();
        foreach (var change in _commits.TakeWhile(commit => commit.Lsn <= lsn).SelectMany(static commit => commit.Changes))
            state.Apply(change);
        return state;
    }

    /// <summary>What becomes of a commit in the newest state; changes nothing.</summary>
    public ModelDecision Decide(ModelRequest request)
    {
        var rejected = NullsWhereNoneMayBe(request);
        if (request.OnReject == OnReject.RejectCommit && rejected.Count > 0)
            return Refused(rejected, rejected[0].Code);
        if (request.Source is { } move && Head.Sources.GetValueOrDefault((move.Table, move.Key))?.Taken != move.Expected)
            return Refused(rejected, "source_moved");

        var changes = InsertRows(request, rejected);
        if (request.OnReject == OnReject.RejectCommit && rejected.Count > 0)
            return Refused(rejected, rejected[0].Code);
        if (request.RefusedRecords is { } refused && refused + rejected.Count > 0)
            changes.Add(new RecordsRejected(0, refused + rejected.Count));
        if (request.Source is { } source)
            changes.Add(Moved(source, changes.Count(static c => c is RowInserted), (request.RefusedRecords ?? 0) + (request.RefusedRecords is null ? 0 : rejected.Count)));
        return new ModelDecision(changes, rejected, null);
    }

    /// <summary>The id of the row with a primary key; null where there is none.</summary>
    public ulong? Find(int table, ModelRow key)
    {
        var primary = ModelSchema.Tables[table].Keys[0];
        return Head[table]!.Rows.Where(row => primary.Of(row.Value) is { } have && have == primary.Of(key)).Select(static row => (ulong?)row.Key).SingleOrDefault();
    }

    /// <summary>What becomes of an update of a row that is there.</summary>
    public ModelDecision DecideUpdate(int table, ulong id, ModelRow row)
    {
        if (IsNullWhereNoneMayBe(table, row))
            return Refused([new ModelRejection(0, "not_null", null)], "not_null");
        var others = Head[table]!.Rows.Where(other => other.Key != id).Select(static other => other.Value).ToList();
        var taken = ModelSchema.Tables[table].Keys.FirstOrDefault(key => key.Of(row) is { } value && others.Any(other => key.Of(other) == value));
        return taken is null
            ? new ModelDecision([new RowUpdated(table, id, Head[table]!.Rows[id], row)], [], null)
            : Refused([new ModelRejection(0, "duplicate_key", taken.Name)], "duplicate_key");
    }

    /// <summary>A commit was acknowledged.</summary>
    public void Add(ulong lsn, IReadOnlyList<ModelChange> changes)
    {
        Assert.True(lsn > LastLsn, $"LSN {lsn} was given after {LastLsn}");
        Assert.True(_told.Add(lsn), $"LSN {lsn} was given out before");
        _commits.Add(new ModelCommit(lsn, changes));
        foreach (var change in changes)
            Head.Apply(change);
    }

    /// <summary>All that is acknowledged is safe from a power loss now.</summary>
    public void MakeDurable() => Durable = LastLsn;

    /// <summary>
    /// The database was opened again and ends at <paramref name="visible"/>: that must be the end of a prefix of what was written,
    /// and no shorter than <paramref name="atLeast"/>.
    /// </summary>
    public void Recover(ulong visible, ulong atLeast)
    {
        var written = _commits.Concat(Unknown).ToList();
        var survived = written.TakeWhile(commit => commit.Lsn <= visible).ToList();
        Assert.True(visible == (survived.Count == 0 ? 0 : survived[^1].Lsn), $"the database ends at LSN {visible}, which is no commit; written were {string.Join(' ', written.Select(static c => c.Lsn))}");
        Assert.True(visible >= atLeast, $"the database ends at LSN {visible}; everything up to {atLeast} had to survive");
        Unknown.Clear();
        _commits.Clear();
        _commits.AddRange(survived);
        _told.UnionWith(survived.Select(static commit => commit.Lsn));
        Head = At(ulong.MaxValue);
        MakeDurable(); // recovery makes durable what it found
    }

    private static ModelDecision Refused(IReadOnlyList<ModelRejection> rejected, string code) => new([], rejected, code);

    private static List<ModelRejection> NullsWhereNoneMayBe(ModelRequest request)
    {
        var rejected = new List<ModelRejection>();
        var place = 0;
        foreach (var insert in request.Inserts)
        {
            foreach (var row in insert.Rows)
            {
                if (IsNullWhereNoneMayBe(insert.Table, row))
                    rejected.Add(new ModelRejection(place, "not_null", null));
                place++;
            }
        }

        return rejected;
    }

    private static bool IsNullWhereNoneMayBe(int table, ModelRow row) => ModelSchema.Tables[table].Required.Any(column => row[column] is null);

    /// <summary>Row by row: a row with a key that a live row or an earlier row of the commit has is refused, and takes no key.</summary>
    private List<ModelChange> InsertRows(ModelRequest request, List<ModelRejection> rejected)
    {
        var changes = new List<ModelChange>();
        var place = 0;
        foreach (var insert in request.Inserts)
        {
            var keys = ModelSchema.Tables[insert.Table].Keys;
            var present = Head[insert.Table]!.Rows.Values.Concat(changes.OfType<RowInserted>().Where(c => c.Table == insert.Table).Select(static c => c.Row)).ToList();
            var id = Head[insert.Table]!.HighestId + (ulong)changes.OfType<IdsTaken>().Where(c => c.Table == insert.Table).Sum(static c => c.Count);
            changes.Add(new IdsTaken(insert.Table, insert.Rows.Length));
            foreach (var row in insert.Rows)
            {
                id++;
                if (!IsNullWhereNoneMayBe(insert.Table, row))
                {
                    var taken = keys.FirstOrDefault(key => key.Of(row) is { } value && present.Any(other => key.Of(other) == value));
                    if (taken is null)
                    {
                        changes.Add(new RowInserted(insert.Table, id, row));
                        present.Add(row);
                    }
                    else
                    {
                        rejected.Add(new ModelRejection(place, "duplicate_key", taken.Name));
                    }
                }

                place++;
            }
        }

        return changes;
    }

    private SourceMoved Moved(SourceMove move, int stored, int rejected)
    {
        var before = Head.Sources.GetValueOrDefault((move.Table, move.Key));
        return new SourceMoved(move.Table, move.Key, new ModelSource(
            move.Taken, (before?.Record ?? 0) + (move.Decided ?? 0), move.Decided is null, (before?.Stored ?? 0) + stored, (before?.Rejected ?? 0) + rejected));
    }
}
