using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>What one statement of a transaction sees: what is stored as of an LSN, and its own writes over it.</summary>
/// <param name="own">The own writes.</param>
/// <param name="stored">What is stored.</param>
/// <param name="seen">Remembers what was looked at; null where nobody will ask.</param>
internal sealed class OwnView(OwnWrites own, ReadView stored, SeenReads? seen)
{
    public ReadView Stored => stored;

    /// <summary>Finds the row that has a key; writes it into <paramref name="row"/>.</summary>
    /// <param name="plan">The table.</param>
    /// <param name="index">The index.</param>
    /// <param name="key">The key.</param>
    /// <param name="row">Takes the row.</param>
    /// <param name="mine">The own row that it is; null where it is a stored one.</param>
    /// <param name="version">The stored one's version.</param>
    public bool TryFind(TablePlan plan, int index, ReadOnlySpan<byte> key, ByteBuffer row, out OwnRow? mine, out KeyVersion version)
    {
        version = default;
        var table = own.TableOf(plan);
        mine = table?.FindLive(index, key);
        if (mine is not null)
        {
            row.Truncate(0);
            row.Append(mine.Content!.Row);
            return true;
        }

        var isStored = stored.TryFind(plan, index, key, row, out version);
        seen?.Add(plan, index, key, isStored ? version : default);
        return isStored && table?.OwnerOf(version.Row, row.Written) is null; // else it is gone, or has another key by now
    }

    /// <summary>Is there a row that has a key? Remembered where there is none: that there is one is looked at again with the row that refers to it.</summary>
    public bool Has(TablePlan plan, int index, ReadOnlySpan<byte> key)
    {
        var table = own.TableOf(plan);
        if (table?.FindLive(index, key) is not null)
            return true;
        using var row = new ByteBuffer();
        var isStored = stored.TryFind(plan, index, key, row, out var version);
        if (isStored && table?.OwnerOf(version.Row, row.Written) is null)
            return true;
        seen?.Add(plan, index, key, isStored ? version : default);
        return false;
    }

    /// <summary>The first index in which another row has a key of a content; null where none has.</summary>
    public int? FindTaken(TablePlan plan, OwnContent content, OwnRow? self)
    {
        using var holder = new ByteBuffer();
        for (var i = 0; i < plan.UniqueCount; i++)
        {
            if (plan.Incomplete[i])
                continue; // only the commit can tell
            if (content.Keys[i] is { } key && TryFind(plan, i, key, holder, out var mine, out _) && (mine is null || mine != self))
                return i;
        }

        return null;
    }

    /// <summary>The stored rows that refer to a key by a foreign key, and that the transaction has not touched.</summary>
    public IEnumerable<StoredRowVersion> StoredChildren(ForeignKeyPlan reference, byte[] key)
    {
        var table = own.TableOf(reference.Child);
        using var row = new ByteBuffer();
        foreach (var (id, version) in stored.Children(reference, key))
        {
            if (!stored.TryRead(reference.Child, id, row, out _))
                throw new HeliosException(HeliosErrorKind.Corrupt, "corrupt", $"Table {reference.Child.Definition.Name}: the index of a foreign key names row {id} of LSN {version}, which the store does not have.") { Table = reference.Child.Definition.Name };
            if (table?.OwnerOf(id, row.Written) is null)
                yield return new StoredRowVersion(id, version, row.Written.ToArray(), stored.Lsn);
        }
    }

    /// <summary>The caller is told of a stored row, by an error: that counts as reading it.</summary>
    public void Tell(TablePlan plan, StoredRowVersion found)
    {
        if (plan.Definition.Schema.PrimaryKey.IsEmpty)
            seen?.AddScan(plan.Definition.Id);
        else
            seen?.Add(plan, 0, OwnContent.KeysOf(plan, found.Content)[0], new KeyVersion(found.Row, found.Lsn, Vacated: false));
    }

    public OwnScan Scan(TablePlan plan)
    {
        seen?.AddScan(plan.Definition.Id);
        return new OwnScan(plan, stored, own);
    }
}
