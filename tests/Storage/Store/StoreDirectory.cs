namespace Helios.Pipeline.Storage.Tests;

/// <summary>A directory for one store, removed at the end.</summary>
internal sealed class StoreDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("helios-store-").FullName;

    public RocksStore Create(StoreOptions? options = null, TimeProvider? time = null) => RocksStore.Open(Path, options ?? new(), create: true, time);

    public RocksStore Reopen(StoreOptions? options = null, TimeProvider? time = null) => RocksStore.Open(Path, options ?? new(), create: false, time);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>Short ways to write and read what the tests need.</summary>
internal static class StoreTestExtensions
{
    public static byte[] Bytes(this string text) => System.Text.Encoding.UTF8.GetBytes(text);

    extension(RocksStore store)
    {
        /// <summary>One run with one row version.</summary>
        public void Put(uint partition, ulong row, ulong lsn, string text)
        {
            using var batch = new StoreBatch();
            batch.PutRow(partition, new RowId(row), new Lsn(lsn), text.Bytes());
            batch.PutApplied(new AppliedState(new Lsn(lsn), 0, 1));
            store.Write(batch);
        }

        public void Remove(uint partition, ulong row, ulong lsn)
        {
            using var batch = new StoreBatch();
            batch.DeleteRow(partition, new RowId(row), new Lsn(lsn));
            batch.PutApplied(new AppliedState(new Lsn(lsn), 0, 1));
            store.Write(batch);
        }

        public string? Row(uint partition, ulong row, ulong lsn)
        {
            using var into = new ByteBuffer();
            return store.TryGetRow(partition, new RowId(row), new Lsn(lsn), into) ? System.Text.Encoding.UTF8.GetString(into.Written) : null;
        }

        public string? RowAsOf(uint partition, ulong row, ulong lsn)
        {
            using var into = new ByteBuffer();
            return store.TryGetRowAsOf(partition, new RowId(row), new Lsn(lsn), into, out _) ? System.Text.Encoding.UTF8.GetString(into.Written) : null;
        }

        /// <summary>"row@version=text" for everything a cursor sees.</summary>
        public List<string> Scan(uint partition, ulong asOf, ulong from = 0, ulong through = ulong.MaxValue)
        {
            using var cursor = store.OpenCursor(partition, new Lsn(asOf), new RowId(from), new RowId(through));
            return Rest(cursor);
        }

        public int MetaCount(params byte[] prefix)
        {
            using var cursor = store.OpenMeta(prefix);
            var count = 0;
            while (cursor.MoveNext())
                count++;
            return count;
        }
    }

    public static List<string> Rest(this StoreCursor cursor)
    {
        var rows = new List<string>();
        while (cursor.MoveNext())
            rows.Add($"{cursor.RowId}@{cursor.Version}={System.Text.Encoding.UTF8.GetString(cursor.Row)}");
        return rows;
    }
}

/// <summary>A clock that stands still until it is told to move.</summary>
internal sealed class StandingClock : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public void Advance(TimeSpan time) => _ticks += time.Ticks;
}
