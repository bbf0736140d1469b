using System.Buffers.Binary;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// One pass over all keys and rows in the store of an open database, piece by piece: does every block of them verify, every key have a known kind, every value and every version of a row decode?
/// Commits and removals go on beside it; what seems to be wrong is looked at again with the catalog and the applied LSN of now before it is told.
/// </summary>
/// <remarks>
/// One thread; blocks. Reads past the cache for rows, but what the cache has is not read from the disk. Pins nothing between two pieces: an iterator that nobody uses is dropped.
/// What cannot be read is told once and passed over: the rest of a table behind a damaged block is read, of the other keys those of another kind.
/// </remarks>
internal sealed class ScrubWalk(RocksStore store, ScrubFindings findings) : IDisposable
{
    /// <summary>Keys between two looks at the token.</summary>
    private const int Stride = 1_024;

    private readonly ScrubRows _rows = new(store, findings);
    private KnownTables _tables = new();
    private Lsn _applied;
    private bool _isCatalogWhole; // else nothing can be held against it
    private string? _unreadable; // what was said of it last
    private MetaCursor? _keys;
    private int _kind = -1; // of keys besides the rows; all of them come before the rows
    private long _looked;
    private Findings _judged = new(""); // of what is looked at
    private Action<Findings, KnownTables, Lsn>? _checkKey; // made once

    /// <summary>Reads about so many bytes.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="OperationCanceledException">It goes on where it was.</exception>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public bool Step(long bytes, CancellationToken cancellationToken)
    {
        if (_kind < 0)
        {
            Reload();
            _kind = 0;
        }

        var until = findings.Bytes + bytes;
        while (findings.Bytes < until)
        {
            if (_looked++ % Stride == 0)
                cancellationToken.ThrowIfCancellationRequested();
            if (_kind <= byte.MaxValue)
                NextKey();
            else if (!_rows.Next(this, cancellationToken))
                return false;
        }

        return true;
    }

    /// <summary>Holds nothing open until the next step, which goes on behind the version, or with the kind of key, where it was.</summary>
    public void Rest()
    {
        CloseKeys();
        _rows.Rest();
    }

    public void Dispose() => Rest();

    /// <summary>What the catalog says, as of the last look at it.</summary>
    public KnownTables Tables => _tables;

    /// <summary>Judges something, and again with what holds now where it seems to be wrong; tells the first problem that stays.</summary>
    public void Judge(Action<Findings, KnownTables, Lsn> check)
    {
        if (IsSound(check, out var isCertain))
            return;
        if (!isCertain && _isCatalogWhole)
        {
            Reload();
            _judged = new Findings("");
            IsSound(check, out isCertain);
        }

        // Beside a catalog that cannot be read every row would seem to be of no table: that one is told, and only what is wrong by itself.
        if (_judged.First is { } problem && (isCertain || _isCatalogWhole))
            findings.Add(problem);
        _judged = new Findings("");
    }

    /// <param name="check">What it is held against.</param>
    /// <param name="isCertain">Its bytes are wrong by themselves, whatever the catalog says: that stays, and what does not decrypt cannot be tried twice.</param>
    private bool IsSound(Action<Findings, KnownTables, Lsn> check, out bool isCertain)
    {
        isCertain = false;
        try
        {
            check(_judged, _tables, _applied);
        }
        catch (HeliosException error) when (error.Code == "format_too_new")
        {
            return true; // a later version has written it: no damage, and nothing that this one could tell more of
        }
        catch (HeliosException error) when (Findings.IsDamage(error))
        {
            _judged.Add(error.Message);
            isCertain = true;
        }

        return _judged.Problems == 0;
    }

    /// <summary>Reads what everything else is held against. Where that cannot be read, the pass goes on without.</summary>
    private void Reload()
    {
        var catalog = new Findings(""); // a record that is wrong is told where its key is looked at
        _isCatalogWhole = false;
        try
        {
            var tables = CatalogCheck.Run(catalog, store, Lsn.Max);
            _applied = store.Applied()?.Lsn ?? Lsn.Zero;
            _isCatalogWhole = catalog.Problems == 0;
            if (_isCatalogWhole || _kind < 0)
                _tables = tables;
            if (!catalog.IsComplete)
                Unreadable("the catalog cannot be read, and nothing is held against it", catalog.First!);
        }
        catch (HeliosException error) when (ScrubFindings.IsUnreadable(error))
        {
            Unreadable("the catalog or the applied state cannot be read, and nothing is held against them", error.Message);
        }
    }

    /// <summary>Tells damage once, though it is met with every kind of key that the block has.</summary>
    private void Unreadable(string what, string why)
    {
        why = why.TrimEnd('.');
        if (why != _unreadable)
            findings.Add($"{what}: {why}");
        _unreadable = why;
    }

    private void NextKey()
    {
        try
        {
            _keys ??= store.OpenMeta([(byte)_kind]);
            if (_keys.MoveNext())
            {
                findings.Keys++;
                findings.Bytes += _keys.Key.Length + _keys.ValueBytes;
                Judge(_checkKey ??= (into, tables, applied) => Check(into, _keys!, tables, applied));
                return;
            }
        }
        catch (HeliosException error) when (ScrubFindings.IsUnreadable(error))
        {
            Unreadable($"keys of kind {_kind:X2} cannot be read on", error.Message);
        }

        CloseKeys();
        _kind++;
    }

    private void CloseKeys()
    {
        _keys?.Dispose();
        _keys = null;
    }

    private void Check(Findings into, MetaCursor record, KnownTables tables, Lsn applied)
    {
        if (!KeysCheck.IsKnown(record.Key))
        {
            into.Add($"the store has a key of no known kind: {record.Key.Length} bytes, {Convert.ToHexString(record.Key[..Math.Min(record.Key.Length, 32)])}");
            return;
        }

        switch (record.Key[0])
        {
            case KeySpace.Applied:
                AppliedState.Read(record.Value);
                break;
            case KeySpace.CleanClose:
                CleanClose.Read(store);
                break;
            case KeySpace.Collected:
                CollectedState.Read(record.Value);
                break;
            case KeySpace.Statistics:
                StatisticsCodec.Decode(record.Value);
                break;
            case KeySpace.Counters:
                TableCounters.Read(record.Value);
                if (KeyReader.Counters(record.Key) is var table && !tables.Has(table))
                    into.Add($"there are counters of table {table}, which the catalog does not have");
                break;
            case KeySpace.Catalog:
                CatalogCheck.Check(into, record, applied);
                break;
            case KeySpace.SourcePosition:
                SourcesCheck.Check(into, record, store.Hash, tables, applied);
                break;
            case KeySpace.Producer:
                ProducersCheck.Check(into, record, store.Hash, applied);
                break;
            case KeySpace.Vacated:
                VacatedKeysCheck.Check(into, record, tables, applied);
                break;
            default:
                SpilledKeys.Read(record.Value, BinaryPrimitives.ReadUInt32BigEndian(record.Key[1..]));
                break;
        }
    }
}
