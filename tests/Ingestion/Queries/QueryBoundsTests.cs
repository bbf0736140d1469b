using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Where an index is narrowed by a condition, a row for which the condition is TRUE is never left out.</summary>
public sealed class QueryBoundsTests : IAsyncLifetime
{
    private const long Beyond = 9_007_199_254_740_992; // 2^53: beyond, doubles do not hold every integer

    private readonly EngineFixture _fixture = new();
    private HeliosEngine _engine = null!;

    public async Task InitializeAsync() => _engine = await HeliosEngine.OpenAsync(_fixture.Path, _fixture.Options(SafetyLevel.Unsafe));

    public async Task DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _fixture.DisposeAsync();
    }

    [Theory]
    [InlineData("k IN (9007199254740993, 1e0)")]
    [InlineData("k BETWEEN 9007199254740993 AND 1e17")]
    [InlineData("k BETWEEN 0e0 AND 9007199254740991")]
    [InlineData("k IN (9007199254740992.5, 1e0)")]
    public async Task Integers_are_compared_as_floats_where_one_of_a_list_is_one(string condition)
    {
        var table = await TableAsync(ColumnType.Int8, Beyond - 2, Beyond - 1, Beyond, Beyond + 1, Beyond + 2, 1L);
        await CheckAsync(table, condition);
    }

    [Theory]
    [InlineData("k BETWEEN 0.10000000000000000000001 AND 1e0")]
    [InlineData("k IN (0.10000000000000000000001, 1e0)")]
    public async Task Numerics_are_compared_as_floats_where_one_of_a_list_is_one(string condition)
    {
        var table = await TableAsync(ColumnType.Numeric, 0.1m, 0.5m, 1m, 2m);
        await CheckAsync(table, condition);
    }

    [Theory]
    [InlineData("k < 'p '")]
    [InlineData("k <= 'p '")]
    [InlineData("k > 'p '")]
    [InlineData("k >= 'p '")]
    [InlineData("k = 'p '")]
    [InlineData("k IN ('p ', 'q')")]
    [InlineData("k BETWEEN 'o' AND 'p  '")]
    public async Task A_literal_with_trailing_blanks_beside_a_Char_leaves_out_nothing(string condition)
    {
        var table = await TableAsync(ColumnType.Char, "p", "p\u0001", "p\t\t", "q", "p !", "");
        await CheckAsync(table, condition);
    }

    [Theory]
    [InlineData("k LIKE 'a!%%' ESCAPE '!'")]
    [InlineData("k LIKE 'a\\%'")]
    [InlineData("k LIKE 'a%%' ESCAPE '%'")]
    [InlineData("k LIKE ''")]
    [InlineData("k LIKE 'ab'")]
    [InlineData("k LIKE 'a_'")]
    [InlineData("k LIKE '\U0010FFFF%'")]
    [InlineData("k LIKE '\U0010FFFF\U0010FFFF%'")]
    [InlineData("starts_with(k, '\uFFFF')")]
    [InlineData("starts_with(k, '')")]
    [InlineData("k > 'a' AND k LIKE 'a%'")]
    [InlineData("k = ''")]
    [InlineData("k <= ''")]
    [InlineData("k > '\U0010FFFF'")]
    [InlineData("k < 'a\uFFFF'")]
    public async Task Texts_of_any_characters_are_found(string condition)
    {
        var table = await TableAsync(ColumnType.Text, "", "a", "ab", "a%", "a%b", "a\\", "a\\x", "a\0", "a\0b", "\U0010FFFF", "\U0010FFFF\U0010FFFF\U0010FFFF", "\uFFFF", "\uFFFFx", new string('x', 60_000), "\0");
        await CheckAsync(table, condition);
    }

    [Theory]
    [InlineData("coalesce(NULL + 1.5, k) / 2 = 0.5")]
    [InlineData("coalesce(nullif(0.5, 0.5), k) / 2 = 0.5")]
    [InlineData("CASE WHEN k = 1 THEN 1 ELSE 1.5 + NULL END / 2 = 0.5")]
    [InlineData("k / CASE WHEN TRUE THEN 2 ELSE 2.5 END = 0.5")]
    [InlineData("k / coalesce(2, 2.5) = 0.5")]
    [InlineData("k / greatest(2, 1.5) = 0.5")]
    [InlineData("CASE WHEN k > 0 THEN TRUE ELSE 1 / 0 = 1 END")]
    [InlineData("k > 0 OR 1 / 0 = 1")]
    [InlineData("TRUE")]
    [InlineData("true AND NOT FALSE")]
    [InlineData("NULL")]
    [InlineData("NULL IS NULL")]
    [InlineData("k = 3 OR NULL")]
    [InlineData("NOT (NULL AND k = 3)")]
    [InlineData("nullif(1, 1) IS NOT DISTINCT FROM NULL")]
    [InlineData("k IS NOT DISTINCT FROM nullif(1, 2)")]
    [InlineData("uuid() <> uuid()")]
    [InlineData("k < length(CASE WHEN now() > TIMESTAMPTZ '2000-01-01 00:00:00Z' THEN 'abc' ELSE NULL END)")]
    [InlineData("k = (1e300 * 0) + 1")]
    [InlineData("k < 1 / 3e0 * 3e0 + 1")]
    public async Task Constants_are_computed_without_changing_what_a_condition_means(string condition)
    {
        var table = await TableAsync(ColumnType.Int4, 1, 2, 3, 4);
        await CheckAsync(table, condition);
    }

    private async Task<Table> TableAsync(ColumnType type, params object[] keys)
    {
        var table = await _engine.TableAsync("keys", new TableSchema([new Column("k", type) { Length = type == ColumnType.Char ? 5 : 0 }], primaryKey: ["k"]));
        foreach (var key in keys)
        {
            var row = table.NewRow();
            row["k"] = key;
            await table.InsertAsync(row);
        }

        return table;
    }

    /// <summary>Against the condition's own evaluation over every row.</summary>
    private static async Task CheckAsync(Table table, string condition)
    {
        var compiled = ExpressionBinder.CompileCondition(condition, table.Schema);
        var offsets = new int[table.Schema.Columns.Length];
        var expected = new List<object?>();
        using (var rows = new QueryCursor(table.Query().Definition, CancellationToken.None))
        {
            while (rows.MoveNext())
            {
                RowView.ReadOffsets(rows.Row, offsets);
                if (compiled.EvaluateCondition(rows.Row, offsets, table.Engine.NewEvaluation(), out _) == true)
                    expected.Add(Row.Read(table.Schema, rows.Row)["k"]);
            }
        }

        var query = table.Where(condition);
        var found = (await query.ToListAsync()).Select(r => r["k"]).ToList();
        Assert.True(expected.ToHashSet().SetEquals(found), $"{condition}: {query.Explain()} expected {string.Join(" | ", expected)}; found {string.Join(" | ", found)}");
        Assert.Equal(expected.Count, found.Count);
    }
}
