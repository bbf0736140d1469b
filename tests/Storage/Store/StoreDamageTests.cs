using System.Globalization;

namespace Helios.Pipeline.Storage.Tests;

public sealed class StoreDamageTests : IDisposable
{
    private const int Rows = 2_000;

    private readonly StoreDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData((int)StoreCompression.None)]
    [InlineData((int)StoreCompression.Lz4)]
    [InlineData((int)StoreCompression.Zstd)]
    public void An_undamaged_store_passes(int compression)
    {
        Fill((StoreCompression)compression);

        using var store = _directory.Reopen();
        store.Verify();
        Assert.Equal(Rows, store.Scan(1, Rows).Count);
    }

    [Fact]
    public void A_flipped_byte_in_a_file_is_found_by_Verify_which_names_the_file()
    {
        Fill(StoreCompression.Lz4);
        var seed = Seed();
        var random = new Random(seed);
        using var store = _directory.Reopen();
        foreach (var file in Files())
        {
            for (var i = 0; i < 10; i++)
            {
                var at = Flip(file, random);

                var thrown = Record.Exception(store.Verify) as HeliosException;

                Assert.True(thrown?.Code == "corrupt" && thrown.Message.Contains(Path.GetFileName(file), StringComparison.Ordinal),
                    $"HELIOS_SEED={seed}: byte {at} of {file}: {thrown?.Message ?? "not found"}");
                FlipBack(file, at);
            }
        }

        store.Verify();
    }

    [Fact]
    public void A_flipped_byte_is_an_error_for_readers_and_never_another_value()
    {
        Fill(StoreCompression.None);
        var seed = Seed();
        var random = new Random(seed);
        var file = Files().MaxBy(f => new FileInfo(f).Length)!;
        var errors = 0;
        for (var i = 0; i < 12; i++)
        {
            var at = Flip(file, random);
            RocksStore? store = null;
            try
            {
                store = _directory.Reopen();
                for (var row = 1UL; row <= Rows; row++)
                    Assert.Equal(Text(row), store.Row(1, row, row));
            }
            catch (HeliosException damaged)
            {
                Assert.True(damaged.Code == "corrupt", $"HELIOS_SEED={seed}: byte {at}: {damaged.Message}");
                errors++;
            }

            if (store is not null)
            {
                var scanned = Record.Exception(() => Assert.Equal(Rows, store.Scan(1, Rows).Count));
                Assert.True(scanned is null or HeliosException { Code: "corrupt" }, $"HELIOS_SEED={seed}: byte {at}: {scanned}");
            }

            store?.Dispose();
            FlipBack(file, at);
        }

        Assert.True(errors > 0, $"HELIOS_SEED={seed}: no flipped byte was ever read");
    }

    [Fact]
    public void A_file_that_is_gone_is_damage()
    {
        Fill(StoreCompression.Lz4);
        File.Delete(Files()[0]);

        var thrown = Assert.Throws<HeliosException>(() => _directory.Reopen());

        Assert.Equal((HeliosErrorKind.Corrupt, "corrupt"), (thrown.Kind, thrown.Code));
        Assert.Contains(_directory.Path, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_whose_value_has_no_known_kind_is_corrupt()
    {
        var thrown = Assert.Throws<HeliosException>(() => StoredRow.Kind([3, 1], new RowId(1), new Lsn(1)));
        Assert.Equal("corrupt", thrown.Code);
        Assert.Throws<HeliosException>(() => StoredRow.Kind([], new RowId(1), new Lsn(1)));
        Assert.Throws<HeliosException>(() => StoredRow.Kind([0, 1], new RowId(1), new Lsn(1)));
    }

    [Fact]
    public void Values_of_another_length_are_corrupt_and_of_a_later_format_too_new()
    {
        var applied = new byte[AppliedState.Size];
        new AppliedState(new Lsn(1), 2, 3).Write(applied);

        Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => AppliedState.Read(applied.AsSpan(1))).Code);
        Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => AppliedState.Read([])).Code);
        Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => TableCounters.Read(applied)).Code);
        applied[0]++;
        var tooNew = Assert.Throws<HeliosException>(() => AppliedState.Read(applied));
        Assert.Equal((HeliosErrorKind.Unavailable, "format_too_new"), (tooNew.Kind, tooNew.Code));
    }

    private static string Text(ulong row) => $"the row with the number {row}";

    private static int Seed() =>
        Environment.GetEnvironmentVariable("HELIOS_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();

    private static long Flip(string file, Random random)
    {
        var at = random.NextInt64(new FileInfo(file).Length);
        FlipBack(file, at);
        return at;
    }

    private static void FlipBack(string file, long at)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Span<byte> one = stackalloc byte[1];
        RandomAccess.Read(handle, one, at);
        one[0] ^= 0x10;
        RandomAccess.Write(handle, one, at);
    }

    private void Fill(StoreCompression compression)
    {
        using var store = _directory.Create(new StoreOptions { Compression = compression });
        using var batch = new StoreBatch();
        for (var row = 1UL; row <= Rows; row++)
            batch.PutRow(1, new RowId(row), new Lsn(row), Text(row).Bytes());
        batch.PutApplied(new AppliedState(new Lsn(Rows), 0, 1));
        store.Write(batch);
        store.Flush();
    }

    private string[] Files() => Directory.GetFiles(_directory.Path, "*.sst").Order(StringComparer.Ordinal).ToArray();
}
