using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Pages and parts of queries at their borders.</summary>
public sealed class QueryPageTests : IAsyncLifetime
{
    private readonly EngineFixture _fixture = new();
    private HeliosEngine _engine = null!;
    private Table _table = null!;

    public async Task InitializeAsync()
    {
        _engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Options(SafetyLevel.Unsafe));
        _table = await _engine.TableAsync("things", new TableSchema([new Column("part", ColumnType.Int4), new Column("seq", ColumnType.Int4)], primaryKey: ["part", "seq"]));
        await _table.InsertAsync(Enumerable.Range(0, 40).Select(i =>
        {
            var row = _table.NewRow();
            (row["part"], row["seq"]) = (i / 10, i % 10);
            return row;
        }));
    }

    public async Task DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _fixture.DisposeAsync();
    }

    [Theory]
    [InlineData("part = 1")]
    [InlineData("seq = 5")]
    [InlineData("part = 1 AND seq = 5")]
    [InlineData("part = 1 AND seq IN (2, 5, 7)")]
    [InlineData("part IN (1, 2)")]
    [InlineData("part >= 1 AND seq > 3")]
    public async Task Behind_values_that_the_condition_does_not_have_come_the_rows_that_the_order_says(string condition)
    {
        foreach (var columns in new[] { new[] { "part", "seq" }, ["seq", "part"], ["part"], ["seq"] })
        {
            foreach (var isDescending in new[] { false, true })
            {
                for (var part = -1; part <= 4; part++)
                {
                    for (var seq = -1; seq <= 10; seq++)
                    {
                        var query = _table.Where(condition);
                        query = isDescending ? query.OrderByDescending(columns[0]) : query.OrderBy(columns[0]);
                        if (columns.Length > 1)
                            query = isDescending ? query.ThenByDescending(columns[1]) : query.ThenBy(columns[1]);
                        object?[] after = [.. columns.Select(c => (object)(c == "part" ? part : seq))];
                        var expected = (await query.Take(100).ToListAsync()).Where(r => IsBehind(r, columns, after, isDescending)).Select(Text).ToList();
                        var rest = query.After(after).Take(100);
                        var found = (await rest.ToListAsync()).Select(Text).ToList();
                        Assert.True(expected.Order().SequenceEqual(found.Order()), $"{condition}, by {string.Join(", ", columns)}{(isDescending ? " descending" : "")} behind {part}, {seq}: {rest.Explain()} expected {string.Join(' ', expected)}; found {string.Join(' ', found)}");
                    }
                }
            }
        }
    }

    [Fact]
    public async Task Rows_passed_over_beyond_the_range_of_a_number_are_all_of_them()
    {
        Assert.Empty(await _table.Query().Skip(long.MaxValue).Skip(1).ToListAsync());
        Assert.Equal(0, await _table.Query().Skip(long.MaxValue).Skip(long.MaxValue).CountAsync());
        Assert.Equal(0, await _table.Where("part >= 0").Skip(long.MaxValue).Skip(5).CountAsync());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("part")]
    public async Task The_first_row_behind_more_than_there_are_is_none(string? order)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        var query = order is null ? _table.Query() : _table.Query().OrderBy(order);
        Assert.Null(await query.Skip(long.MaxValue).FirstOrDefaultAsync(patience.Token));
        Assert.Empty(await query.Skip(long.MaxValue - 10).Take(20).ToListAsync(patience.Token));
    }

    private static bool IsBehind(Row row, string[] columns, object?[] after, bool isDescending)
    {
        for (var i = 0; i < columns.Length; i++)
        {
            var order = ((int)row[columns[i]]!).CompareTo((int)after[i]!);
            if (order != 0)
                return order > 0 != isDescending;
        }

        return false;
    }

    private static string Text(Row row) => $"{row["part"]}/{row["seq"]}";
}
