using System.Buffers.Binary;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Tests;

/// <summary>Trees that are built from a snapshot in parts, each of one block.</summary>
public sealed class SnapshotLoadTests : IDisposable
{
    private const string Path = "/db/indexes/snapshot";
    private static readonly Guid s_database = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e");
    private static readonly TableDefinition s_table = new(new TableId(20), 20, "t", 1,
        new TableSchema([new Column("id", ColumnType.Int8), new Column("n", ColumnType.Int8)], ["id"], unique: [new UniqueConstraint("n", "n")]));

    private readonly MemoryFiles _files = new();
    private TablePlans _plans = new();

    public void Dispose() => _plans.Dispose();

    [Fact]
    public void Parts_make_the_same_trees_and_have_samples_each()
    {
        var keys = Keys(20_000);
        Write(keys, Keys(10));
        var load = Load(partEntries: 1);
        Assert.Equal(20_010, load.Entries);
        Assert.True(load.Samples.Count > load.Entries / 21, "as many as without parts");
        Assert.Equal([20_000, 10], _plans[s_table.Id].Trees.Select(static tree => tree.Count));
        var cursor = _plans[s_table.Id].Trees[0].OpenCursor(Lsn.Max);
        cursor.Seek([]);
        for (var i = 0; i < keys.Count; i++)
            Assert.True(cursor.MoveNext() && cursor.Key.SequenceEqual(keys[i]) && cursor.Version.Row.Value == (ulong)i + 1, $"key {i}");
        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public void A_key_at_the_border_of_two_parts_that_does_not_come_after_the_one_before_is_found()
    {
        var keys = Keys(20_000);
        Write(keys, []);
        int border;
        using (var reader = IndexSnapshotReader.Open(_files, Path, s_database, null))
            border = (int)reader.Split(0, 1)[..2].Sum(static part => part.Entries);
        foreach (var wrong in new[] { keys[border - 1], keys[border - 2], [0] })
        {
            var changed = keys.ToList();
            changed[border] = wrong;
            Write(changed, []);
            Assert.Contains("do not ascend", Assert.Throws<HeliosException>(() => Load(partEntries: 1)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_key_within_a_part_that_does_not_come_after_the_one_before_is_found()
    {
        var keys = Keys(20_000);
        keys[15_000] = keys[14_000];
        Write(keys, []);
        var error = Assert.Throws<AggregateException>(() => Load(partEntries: 1));
        Assert.Contains("do not ascend", error.InnerException!.Message, StringComparison.Ordinal);
    }

    private SnapshotLoad Load(long partEntries)
    {
        using var reader = IndexSnapshotReader.Open(_files, Path, s_database, null);
        _plans.Dispose();
        _plans = new TablePlans();
        _plans.Add(s_table);
        var load = new SnapshotLoad(reader, _plans, partEntries);
        load.Run();
        return load;
    }

    private void Write(params List<byte[]>[] trees)
    {
        if (_files.Exists(Path))
            _files.Delete(Path);
        using var file = _files.Create(Path);
        using var writer = new IndexSnapshotWriter(file, new IndexSnapshotHeader
        {
            DatabaseId = s_database,
            Lsn = new Lsn(1_000),
            FrameFirst = new Lsn(990),
            FrameEpoch = 3,
            FrameCrc = 7,
            IsEncrypted = false,
        }, cipher: null);
        for (var i = 0; i < trees.Length; i++)
        {
            writer.BeginTree(s_table.Id, s_table.Indexes[i].Id);
            for (var key = 0; key < trees[i].Count; key++)
                writer.Add(trees[i][key], new KeyVersion(new RowId((ulong)key + 1), new Lsn(5), Vacated: false));
        }

        writer.Finish();
    }

    /// <summary>Ascending, of 20 bytes, which have little in common: a block has some 2,700.</summary>
    private static List<byte[]> Keys(int count)
    {
        var keys = new List<byte[]>();
        for (var i = 0; i < count; i++)
        {
            var key = new byte[20];
            BinaryPrimitives.WriteUInt32BigEndian(key, (uint)i * 77_777);
            BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(8), (ulong)i * 0x9E37_79B9_7F4A_7C15);
            keys.Add(key);
        }

        return keys;
    }
}
