using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Orders that no index has: what is kept sorted in memory, and how much of it there may be.</summary>
public sealed class TopRowsTests : IAsyncLifetime
{
    private const int Rows = 300;
    private const int Values = 5; // so few that most rows are equal in the order

    private static readonly TableSchema s_schema = new(
        [new Column("id", ColumnType.Int8), new Column("a", ColumnType.Int4) { IsNullable = true }, new Column("b", ColumnType.Int4), new Column("text", ColumnType.Text)], ["id"]);

    private readonly int _seed = TestSeed.Next();
    private HeliosEngine _engine = null!;
    private Table _table = null!;
    private List<(ulong Id, Lsn Version, byte[] Row)> _stored = null!; // by ascending row id

    public async Task InitializeAsync()
    {
        var random = new Random(_seed);
        _engine = await HeliosEngine.OpenInMemoryAsync();
        _table = await _engine.TableAsync("things", s_schema);
        await _table.InsertAsync(Enumerable.Range(0, Rows).Select(i =>
        {
            var row = _table.NewRow();
            (row["id"], row["b"], row["text"]) = ((long)i, random.Next(Values), new string('x', random.Next(300)));
            row["a"] = random.Next(Values) is > 0 and var a ? a : null;
            return row;
        }));
        _stored = [];
        using var rows = new QueryCursor(_table.Query().Definition, CancellationToken.None);
        while (rows.MoveNext())
            _stored.Add((rows.RowId.Value, new Lsn(1), rows.Row.ToArray()));
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public void Rows_are_refused_where_they_and_their_keys_have_more_bytes_than_the_bound_and_the_error_names_it()
    {
        var needed = _stored.Sum(r => Bytes(r.Row));
        Assert.Equal(Rows, Fill(Rows, needed, _stored).Take().Count);

        var refused = Assert.Throws<HeliosException>(() => Fill(Rows, needed - 1, _stored));

        Assert.Equal((HeliosErrorKind.Invalid, "invalid_query"), (refused.Kind, refused.Code));
        Assert.Contains($"The {Rows:N0} rows", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"{needed - 1:N0} bytes", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_that_fall_out_again_give_their_bytes_back(bool isDescending)
    {
        // Each row comes before all that were seen, so that every one is kept and falls out again.
        var falling = _stored.OrderBy(r => isDescending ? A(r.Row) : -A(r.Row)).ThenByDescending(r => r.Id).ToList();
        var mostAtOnce = Enumerable.Range(0, Rows - 2).Max(i => falling.Skip(i).Take(3).Sum(r => Bytes(r.Row)));

        var kept = Fill(3, mostAtOnce, falling, isDescending).Take();

        Assert.Equal(falling.AsEnumerable().Reverse().Take(3).Select(r => r.Id), kept.Select(r => r.Id.Value));
        Assert.Throws<HeliosException>(() => Fill(3, mostAtOnce - 1, falling, isDescending)); // it is no bound but the least that will do
    }

    [Fact]
    public void What_was_taken_counts_no_more()
    {
        var top = Fill(Rows, _stored.Sum(r => Bytes(r.Row)), _stored);
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(Rows, top.Take().Count);
            Assert.Empty(top.Take());
            foreach (var (id, version, row) in _stored)
                top.Add(new RowId(id), version, row);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_that_are_equal_in_the_order_go_by_row_id_whichever_comes_first(bool isDescending)
    {
        var random = new Random(_seed);
        for (var i = 0; i < 30; i++)
        {
            var shuffled = _stored.ToArray();
            random.Shuffle(shuffled);
            var most = random.Next(1, Rows + 20);

            var kept = Fill(most, TopRows.MaxBytes, shuffled, isDescending).Take().Select(r => r.Id.Value);

            Assert.True(_stored.OrderBy(r => isDescending ? -A(r.Row) : A(r.Row)).ThenBy(r => r.Id).Take(most).Select(r => r.Id).SequenceEqual(kept), $"HELIOS_SEED={_seed}, {most} rows");
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Pages_behind_the_last_row_meet_no_row_twice_and_leave_out_only_what_equals_it(bool isDescending, bool isDecided)
    {
        var query = isDescending ? _table.Query().OrderByDescending("a").ThenBy("b") : _table.Query().OrderBy("a").ThenByDescending("b");
        if (isDecided)
            query = query.ThenBy("id"); // no two rows are equal in this order
        var all = await query.Take(Rows).ToListAsync();
        Assert.True(query.Take(7).Explain().SortsInMemory);

        var (met, expected) = (new List<Row>(), new List<Row>());
        for (var page = await query.Take(7).ToListAsync(); page.Count > 0; page = await query.After(Values(page[^1])).Take(7).ToListAsync())
        {
            met.AddRange(page);
            Assert.True(met.Count <= Rows, "the pages have no end");
        }

        for (var i = 0; i < all.Count;)
        {
            var page = all.Skip(i).Take(7).ToList();
            expected.AddRange(page);
            for (i += page.Count; i < all.Count && Values(all[i]).SequenceEqual(Values(page[^1]));)
                i++; // what equals the last row of a page is not behind it
        }

        Assert.Equal(isDecided, expected.Count == Rows);
        Assert.Equal(expected.Select(r => r["id"]), met.Select(r => r["id"]));
        Assert.Equal(met.Count, met.Select(r => r["id"]).Distinct().Count());

        object?[] Values(Row row) => isDecided ? [row["a"], row["b"], row["id"]] : [row["a"], row["b"]];
    }

    private TopRows Fill(int most, long maxBytes, IEnumerable<(ulong Id, Lsn Version, byte[] Row)> rows, bool isDescending = false)
    {
        var top = new TopRows(_table.Plan.Definition, [new SortColumn(1, isDescending)], most, [], maxBytes);
        foreach (var (id, version, row) in rows)
            top.Add(new RowId(id), version, row);
        return top;
    }

    /// <summary>The value that rows are sorted by; NULL is before all.</summary>
    private static int A(byte[] row) => new RowView(row)[1] is { IsNull: false } value ? (int)value.GetInt64() : int.MinValue + 1;

    /// <summary>Of a row and its key: a tag, four bytes where there is a value, and the row id.</summary>
    private static int Bytes(byte[] row) => row.Length + 1 + (new RowView(row)[1].IsNull ? 0 : sizeof(int)) + sizeof(ulong);
}
