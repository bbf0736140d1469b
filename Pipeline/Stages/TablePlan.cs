using System.Buffers.Binary;
using System.Collections.Immutable;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>What the stages need to know of a table, made once: its definition, how its keys are written, its indexes.</summary>
/// <remarks>The trees have one writer, Constrain; anyone reads them. Altering the table makes a new plan, which has the trees that both have in common.</remarks>
internal sealed class TablePlan : IDisposable
{
    private volatile TablePlan? _next;

    /// <param name="definition">The table.</param>
    /// <param name="time">The clock of its defaults.</param>
    /// <param name="maxIndexBytes">Memory of each unique index before entries go to the store; 0 for no bound.</param>
    public TablePlan(TableDefinition definition, TimeProvider time, long maxIndexBytes = 0)
    {
        Definition = definition;
        Encoders = [.. definition.Indexes.Select(i => new KeyEncoder(definition.Schema, i.Ordinals))];
        Trees = [.. definition.Indexes.Select((_, i) => new ArtTree { Budget = i < definition.UniqueCount && !definition.Pending.Contains(definition.Indexes[i].Name) ? maxIndexBytes : 0 })];
        Numbers = AutoIncrement.Of(definition.Schema);
        Fill = ColumnFill.Of(definition.Schema, Numbers, time);
        Checks = RowChecks.Of(definition);
        Incomplete = [.. definition.Indexes.Select(i => definition.Pending.Contains(i.Name))];
    }

    /// <summary>The plan of a table that has been altered.</summary>
    /// <param name="definition">What it is now.</param>
    /// <param name="before">What it was.</param>
    /// <param name="since">The commit that altered it.</param>
    /// <param name="isReplayed">Is the change read from the log? Then trees that were incomplete stay so: whoever filled them did it in another process.</param>
    public TablePlan(TableDefinition definition, TablePlan before, Lsn since, bool isReplayed)
    {
        Definition = definition;
        Encoders = [.. definition.Indexes.Select(i => new KeyEncoder(definition.Schema, i.Ordinals))];
        var places = definition.Indexes.Select(i => before.PlaceOf(i.Id)).ToArray();
        Trees = [.. places.Select(place => place < 0 ? new ArtTree() : before.Trees[place])];
        Numbers = before.Numbers;
        Fill = before.Fill;
        AlteredAt = since;
        Checks = RowChecks.Of(definition);
        Incomplete = [.. definition.Indexes.Zip(places, (i, place) => definition.Pending.Contains(i.Name) || (isReplayed && place >= 0 && before.Incomplete[place]))];
        CompleteSince = [.. definition.Indexes.Zip(places, (_, place) => place < 0 || before.Incomplete[place] ? since : before.CompleteSince.IsDefault ? default : before.CompleteSince[place])];
    }

    public TableDefinition Definition { get; }

    /// <summary>Indexes that no two rows share a key in: the first ones of the definition.</summary>
    public int UniqueCount => Definition.UniqueCount;

    /// <summary>Of all indexes, in their order.</summary>
    public ImmutableArray<KeyEncoder> Encoders { get; }

    /// <summary>Of all indexes, in their order. Several rows may share a key of a foreign key's: there its tree has the key and the row id, see <see cref="TreeKey"/>.</summary>
    public ImmutableArray<ArtTree> Trees { get; }

    /// <summary>The commit that made it so; zero for a plan that was made at the open.</summary>
    public Lsn AlteredAt { get; }

    /// <summary>Of all trees: does it lack keys of rows from before its index was made? Constrain changes it.</summary>
    public bool[] Incomplete { get; }

    /// <summary>Of all trees: the commit that they are complete since, for readers as of an earlier one cannot use them; default where that is always.</summary>
    public ImmutableArray<Lsn> CompleteSince { get; }

    /// <summary>The plan of the table as it is now.</summary>
    public TablePlan Newest
    {
        get
        {
            var newest = this;
            while (newest._next is { } next)
                newest = next;
            return newest;
        }
    }

    /// <summary>The numbers of the auto-increment column; null where there is none.</summary>
    public AutoIncrement? Numbers { get; }

    /// <summary>Its CHECK constraints; null where it has none.</summary>
    public RowChecks? Checks { get; }

    /// <summary>What columns get where a row has no value; null where that is always NULL.</summary>
    public ColumnFill? Fill { get; }

    /// <summary>Its foreign keys whose parents are known.</summary>
    public ImmutableArray<ForeignKeyPlan> ForeignKeys { get; set; } = [];

    /// <summary>Foreign keys that refer to it.</summary>
    public ImmutableArray<ForeignKeyPlan> ReferencedBy { get; set; } = [];

    /// <summary>The plan that came after it; null where there is none.</summary>
    public TablePlan? Next => _next;

    /// <summary>The table has another plan from now on; null takes that back.</summary>
    public void Follow(TablePlan? next) => _next = next;

    /// <summary>Place of an index by its id, or -1.</summary>
    public int PlaceOf(uint index)
    {
        for (var i = 0; i < Definition.Indexes.Length; i++)
        {
            if (Definition.Indexes[i].Id == index)
                return i;
        }

        return -1;
    }

    /// <summary>Its indexes that are larger than they may be.</summary>
    public bool IsOverBudget
    {
        get
        {
            foreach (var tree in Trees)
            {
                if (tree.IsOverBudget)
                    return true;
            }

            return false;
        }
    }

    /// <summary>Its first unique index that is too large even for a moment; -1 where there is none.</summary>
    public int BeyondLimit
    {
        get
        {
            for (var i = 0; i < UniqueCount; i++)
            {
                if (Trees[i].IsBeyondLimit)
                    return i;
            }

            return -1;
        }
    }

    /// <summary>May the store have entries of an index, named by its number? Also of one that is dropped: that may be taken back.</summary>
    public bool HasSpilled(uint index) => PlaceOf(index) is not (>= 0 and var place) || Trees[place].HasSpilled;

    public string IndexName(int index) => Definition.Indexes[index].Name;

    /// <summary>Of an index over one column that column's name, else null: no single column is to blame.</summary>
    public string? ColumnOf(int index) => Definition.Indexes[index].Ordinals is [var only] ? Definition.Schema.Columns[only].Name : null;

    /// <summary>The answer to a row whose key of an index is too long.</summary>
    public RowRejection KeyTooLong(int index, int row) => new(row, RowFault.KeyTooLong, ColumnOf(index), IndexName(index),
        $"{IndexName(index)} ({string.Join(", ", Definition.Indexes[index].Ordinals.Select(o => Definition.Schema.Columns[o].Name))}) of table {Definition.Name}: the key is longer than {RowFormat.MaxKeyBytes} bytes") { Table = Definition.Name };

    /// <summary>The key under which a row stands in a tree.</summary>
    /// <param name="index">Which tree.</param>
    /// <param name="key">The row's key, as the encoder wrote it.</param>
    /// <param name="row">The row.</param>
    /// <param name="scratch">Room for the result, which is valid until it is used again.</param>
    public ReadOnlySpan<byte> TreeKey(int index, ReadOnlySpan<byte> key, RowId row, ByteBuffer scratch)
    {
        if (index < UniqueCount)
            return key;
        scratch.Truncate(0);
        scratch.Append(key);
        BinaryPrimitives.WriteUInt64BigEndian(scratch.GetSpan(sizeof(ulong)), row.Value);
        scratch.Advance(sizeof(ulong));
        return scratch.Written;
    }

    public void Dispose()
    {
        foreach (var tree in Trees)
            tree.Dispose();
    }
}
