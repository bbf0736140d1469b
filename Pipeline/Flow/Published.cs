using System.Collections.Concurrent;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>What readers may know: the catalog and the row counts as of Visible. Written by Track alone.</summary>
internal sealed class Published(CatalogSnapshot catalog)
{
    private readonly ConcurrentDictionary<uint, long> _rows = new();
    private readonly ConcurrentDictionary<uint, TableActivity> _activity = new();
    private CatalogSnapshot _catalog = catalog;
    private long _commits;
    private long _rowsWritten;

    public CatalogSnapshot Catalog => Volatile.Read(ref _catalog);

    /// <summary>Commits since the engine was opened.</summary>
    public long Commits => Volatile.Read(ref _commits);

    /// <summary>Rows since the engine was opened.</summary>
    public long RowsWritten => Volatile.Read(ref _rowsWritten);

    /// <summary>Live rows of a table.</summary>
    public long Rows(TableId table) => _rows.GetValueOrDefault(table.Value);

    /// <summary>What commits have done to a table's rows since the engine was opened.</summary>
    public TableActivity Activity(TableId table) => _activity.GetOrAdd(table.Value, static _ => new TableActivity());

    public void Load(CatalogSnapshot catalog) => Volatile.Write(ref _catalog, catalog);

    public void Load(TableId table, long rows) => _rows[table.Value] = rows;

    public void Take(CommitGroup group)
    {
        foreach (var change in group.Tables)
        {
            _rows.AddOrUpdate(change.Table.Value, static (_, rows) => rows, static (_, known, rows) => known + rows, change.Rows);
            Activity(change.Table).Take(change);
            if (change.Table.Value >= TableDefinition.FirstUserTable && change.Rows > 0)
                Volatile.Write(ref _rowsWritten, _rowsWritten + change.Rows);
        }

        if (group.Created.Count > 0)
        {
            var catalog = _catalog;
            foreach (var table in group.Created)
                catalog = catalog.With(table);
            Volatile.Write(ref _catalog, catalog);
        }

        Volatile.Write(ref _commits, _commits + group.Commits);
    }
}
