using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>
/// Rows that a session changes by their keys. Several writes of one row are one: the last, joined with what it rests on. Where a
/// commit meets another it is made again from here, so this outlives the attempt.
/// </summary>
/// <remarks>One thread.</remarks>
internal sealed class SessionWrites : IDisposable
{
    private readonly RowWrites _writes = new();
    private readonly Dictionary<ulong, int> _byKey = [];

    /// <summary>Rows that are new and were changed before, by an update that may find none: both are needed, see <see cref="TryJoin"/>. The value is that update's place.</summary>
    private readonly Dictionary<int, int> _behindUpdates = [];

    /// <summary>Inserts of keys that the commit itself has taken before.</summary>
    private readonly List<int> _doubles = [];

    private int _next;
    private int _joinedAway;

    /// <summary>Rows that are left after joining.</summary>
    public int Count => _writes.Count - _joinedAway;

    /// <summary>Bytes that they take.</summary>
    public int Bytes => _writes.Bytes.Length;

    /// <summary>The place that the next write gets in the caller's counting.</summary>
    public int Next => _next;

    /// <summary>Adds a write of a row that has been checked.</summary>
    /// <param name="plan">Its table.</param>
    /// <param name="mode">What is wanted.</param>
    /// <param name="key">Its primary key; empty where the table has none.</param>
    /// <param name="row">The row; empty for a delete.</param>
    public void Add(TablePlan plan, RowWriteMode mode, ReadOnlySpan<byte> key, ReadOnlySpan<byte> row)
    {
        var number = _next++;
        var isKeyed = !plan.Definition.Schema.PrimaryKey.IsEmpty;
        var hash = isKeyed ? XxHash3.HashToUInt64(key, plan.Definition.Id.Value) : 0;
        while (isKeyed && _byKey.TryGetValue(hash, out var known))
        {
            ref var earlier = ref _writes.All[known];
            if (earlier.Table != plan.Definition.Id || !_writes[earlier.Key].SequenceEqual(key))
            {
                hash++; // another key with the same hash
                continue;
            }

            if (TryJoin(known, number, mode, row))
                return;
            if (IsThereByThen(earlier.Mode))
                _doubles.Add(_writes.Count); // refused; what follows belongs to the row that is there
            else
                (_behindUpdates[_writes.Count], _byKey[hash]) = (known, _writes.Count);
            break;
        }

        if (isKeyed)
            _byKey.TryAdd(hash, _writes.Count);
        _writes.Add(new RowWrite
        {
            Table = plan.Definition.Id,
            Mode = mode,
            Number = number,
            Key = isKeyed ? _writes.Keep(key) : Slice.None,
            After = mode == RowWriteMode.Delete ? Slice.None : _writes.Keep(row),
            Before = Slice.None,
        });
    }

    /// <summary>Hash of what the caller wants, by which an attempt at the same is told from another commit.</summary>
    public ulong ContentHash()
    {
        var hash = new XxHash3();
        Span<byte> header = stackalloc byte[13];
        foreach (ref var write in _writes.All)
        {
            var key = write.Key.IsNone ? default : _writes[write.Key];
            var row = write.After.IsNone ? default : _writes[write.After];
            header[0] = (byte)write.Mode;
            BinaryPrimitives.WriteUInt32LittleEndian(header[1..], write.Table.Value);
            BinaryPrimitives.WriteInt32LittleEndian(header[5..], key.Length);
            BinaryPrimitives.WriteInt32LittleEndian(header[9..], row.Length);
            hash.Append(header);
            hash.Append(key);
            hash.Append(row);
        }

        return hash.GetCurrentHashAsUInt64();
    }

    /// <summary>Queues for the row, or for its table where there are several.</summary>
    public KeyTurn Enter(KeyTurns turns)
    {
        ref var first = ref _writes.All[0];
        return _writes.Count > 1 || first.Key.IsNone ? turns.Enter(first.Table) : turns.Enter(first.Table, _writes[first.Key]);
    }

    /// <summary>Writes everything into a commit, with what each key has now.</summary>
    public void WriteTo(WriteEnvelope envelope, HeliosEngine engine)
    {
        using var view = engine.OpenView();
        using var row = new ByteBuffer();
        var into = envelope.Writes;
        into.Snapshot = view.Lsn;
        foreach (ref var write in _writes.All)
        {
            if (write.IsDropped)
                continue;
            var copy = write;
            copy.Key = write.Key.IsNone ? Slice.None : into.Keep(_writes[write.Key]);
            copy.After = write.After.IsNone ? Slice.None : into.Keep(_writes[write.After]);
            if (Changes(write.Mode) && view.TryFind(engine.Parts.Plans[write.Table], 0, _writes[write.Key], row, out var version))
            {
                (copy.Row, copy.RowLsn) = (version.Row, version.Lsn);
                copy.Before = into.Keep(row.Written);
            }

            into.Add(copy);
        }

        ReferentialActions.Complete(into, view, engine.Parts.Plans);
    }

    public void Clear()
    {
        _writes.Clear();
        _byKey.Clear();
        _behindUpdates.Clear();
        _doubles.Clear();
        (_next, _joinedAway) = (0, 0);
    }

    public void Dispose() => _writes.Dispose();

    private static bool Changes(RowWriteMode mode) => mode is RowWriteMode.Upsert or RowWriteMode.Update or RowWriteMode.Delete;

    /// <summary>Is there a row behind this write, whatever there was before? An insert of the same key is refused then.</summary>
    private static bool IsThereByThen(RowWriteMode mode) => mode is RowWriteMode.Insert or RowWriteMode.InsertIfAbsent or RowWriteMode.Upsert;

    /// <summary>Joins a write with the last one of the same row; false where both are needed, because the second one may be refused.</summary>
    private bool TryJoin(int known, int number, RowWriteMode mode, ReadOnlySpan<byte> row)
    {
        ref var earlier = ref _writes.All[known];
        var joined = (earlier.Mode, mode) switch
        {
            (RowWriteMode.Delete, RowWriteMode.Insert or RowWriteMode.InsertIfAbsent) => RowWriteMode.Upsert,
            (RowWriteMode.Absent, RowWriteMode.Insert or RowWriteMode.InsertIfAbsent or RowWriteMode.Upsert) => RowWriteMode.Insert,
            (_, RowWriteMode.Insert) => (RowWriteMode?)null,
            (RowWriteMode.Update, RowWriteMode.InsertIfAbsent) => null,
            (_, RowWriteMode.InsertIfAbsent) => earlier.Mode, // there is one by then
            (RowWriteMode.Absent or RowWriteMode.Delete, RowWriteMode.Update) => earlier.Mode, // there is none by then
            (RowWriteMode.Insert, RowWriteMode.Update or RowWriteMode.Upsert) => RowWriteMode.Insert,
            (RowWriteMode.Insert or RowWriteMode.Absent, RowWriteMode.Delete) => RowWriteMode.Absent,
            (_, RowWriteMode.Delete) => RowWriteMode.Delete,
            (RowWriteMode.InsertIfAbsent or RowWriteMode.Upsert, _) => RowWriteMode.Upsert,
            _ => mode,
        };
        if (joined is not { } result)
            return false;
        var keepsRow = result == earlier.Mode && (mode == RowWriteMode.InsertIfAbsent || earlier.Mode is RowWriteMode.Absent or RowWriteMode.Delete);
        if (earlier.Mode == RowWriteMode.InsertIfAbsent && !keepsRow && _behindUpdates.Remove(known, out var update))
            Drop(update); // whatever that one found, this one is the last
        earlier.Mode = result;
        if (result is RowWriteMode.Delete or RowWriteMode.Absent)
            RefuseDoubles(earlier);
        if (result is RowWriteMode.Delete)
            earlier.After = Slice.None;
        else if (!keepsRow && result != RowWriteMode.Absent)
            earlier.After = KeepRow(earlier.After, row);
        if (!keepsRow && result is RowWriteMode.Upsert or RowWriteMode.Update)
            earlier.Number = number; // what may be refused is this call's content
        return true;
    }

    /// <summary>The key was taken when they were called, and will be free in the end.</summary>
    private void RefuseDoubles(in RowWrite earlier)
    {
        foreach (var index in _doubles)
        {
            ref var other = ref _writes.All[index];
            if (other.Table == earlier.Table && _writes[other.Key].SequenceEqual(_writes[earlier.Key]))
                other.Mode = RowWriteMode.Duplicate;
        }
    }

    private void Drop(int index)
    {
        _writes.All[index].IsDropped = true;
        _joinedAway++;
    }

    /// <summary>A row that is changed again and again takes the room of one, where it does not grow.</summary>
    private Slice KeepRow(Slice place, ReadOnlySpan<byte> row)
    {
        if (place.Length < row.Length)
            return _writes.Keep(row);
        row.CopyTo(_writes.Bytes.Written[place.Offset..]);
        return place with { Length = row.Length };
    }
}
