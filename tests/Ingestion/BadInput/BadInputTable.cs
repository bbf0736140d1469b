using System.Globalization;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests.BadInput;

/// <summary>What a refusal must say of itself; the row is its place in the commit, where the fixture's commits have the bad one last.</summary>
internal sealed record Refusal(string Code, string? Column, string? Constraint = null);

/// <summary>One table of a database on disk, and the two answers there are to doubtful input: taken and given back equal, or refused without a trace.</summary>
internal sealed class BadInputTable : IAsyncDisposable
{
    public const string Name = "orders", Key = "primary key";

    private readonly EngineFixture _database = new();
    private readonly TableSchema _schema;
    private readonly Func<HeliosEngine, Task>? _before;

    private BadInputTable(TableSchema schema, Func<HeliosEngine, Task>? before)
    {
        _schema = schema;
        _before = before;
    }

    public HeliosEngine Engine { get; private set; } = null!;

    public Table Table { get; private set; } = null!;

    /// <summary>A table whose primary key is Int8 <c>id</c>, with the columns behind it.</summary>
    public static Task<BadInputTable> OpenAsync(params Column[] columns) => OpenAsync(new TableSchema([new Column("id", ColumnType.Int8), .. columns], ["id"]));

    /// <param name="schema">The table's.</param>
    /// <param name="before">Makes the tables that it refers to.</param>
    public static async Task<BadInputTable> OpenAsync(TableSchema schema, Func<HeliosEngine, Task>? before = null)
    {
        var table = new BadInputTable(schema, before);
        await table.OpenEngineAsync();
        return table;
    }

    /// <summary>A row by the order of the columns.</summary>
    public Row Row(params object?[] values)
    {
        var row = Table.NewRow();
        for (var i = 0; i < values.Length; i++)
            row[i] = values[i];
        return row;
    }

    /// <summary>A commit of which the last row is bad: it is refused whole and says why; the same commit without that row is taken.</summary>
    public async Task RefusesAsync(Refusal expected, params Row[] rows)
    {
        var error = await LeavesNothingBehindAsync(async () => await Table.InsertAsync(rows));
        AssertSays(expected, rows.Length - 1, error);
        await GoesOnAsync(rows[..^1]);
    }

    /// <summary>An attempt that is refused and changes neither rows, nor their count, nor the order, nor the log.</summary>
    public async Task<HeliosException> LeavesNothingBehindAsync(Func<Task> attempt)
    {
        var before = await StateAsync();
        var error = await Assert.ThrowsAsync<HeliosException>(attempt);
        Assert.Equal(before, await StateAsync());
        Assert.Equal(HeliosErrorKind.Invalid, error.Kind);
        return error;
    }

    /// <summary>The next commit gets the next LSN, and its rows are there as they were given.</summary>
    public async Task GoesOnAsync(params Row[] rows)
    {
        var before = Engine.Visible;
        var known = await RowsAsync();
        var receipt = await Table.InsertAsync(rows);
        Assert.Equal((before.Next, rows.Length), (receipt.Lsn, receipt.Rows));
        Assert.Equal([.. known, .. rows.Select(Text)], await RowsAsync());
    }

    /// <summary>Rows that look doubtful and are none: they are given back bit by bit, also after an open.</summary>
    public async Task TakesAsync(params Row[] rows)
    {
        await GoesOnAsync(rows);
        var known = await RowsAsync();
        await ReopenAsync();
        Assert.Equal(known, await RowsAsync());
        foreach (var row in rows)
            Assert.Equal(Text(row), Text((await Table.FindAsync(KeyOf(row)))!));
    }

    public async Task ReopenAsync()
    {
        await Engine.DisposeAsync();
        await OpenEngineAsync();
    }

    /// <summary>The error names table, column, constraint and row, in its properties and in its text.</summary>
    public static void AssertSays(Refusal expected, int? row, HeliosException error)
    {
        Assert.Equal((expected.Code, Name, expected.Column, expected.Constraint, row), (error.Code, error.Table, error.Column, error.Constraint, error.Row));
        Assert.Contains(Name, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected.Column ?? "", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected.Constraint ?? "", error.Message, StringComparison.Ordinal);
        if (row is { } number)
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"row {number}"), error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("..", error.Message, StringComparison.Ordinal);
    }

    public async Task<List<string>> RowsAsync()
    {
        var rows = new List<string>();
        await foreach (var row in Table.ScanAsync())
            rows.Add(Text(row));
        return rows;
    }

    /// <summary>Every bit of a row that a caller can see.</summary>
    public static string Text(Row row) => string.Join(" | ", Enumerable.Range(0, row.Schema.Columns.Length).Select(i => Text(row[i])));

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        await _database.DisposeAsync();
    }

    private async Task OpenEngineAsync()
    {
        Engine = await HeliosEngine.OpenAsync(_database.Path, _database.Options(SafetyLevel.Unsafe));
        if (_before is not null)
            await _before(Engine);
        Table = await Engine.TableAsync(Name, _schema);
    }

    private async Task<(string Rows, long Count, Lsn Visible, Lsn Log)> StateAsync() =>
        (string.Join('\n', await RowsAsync()), await Table.CountAsync(), Engine.Visible, Engine.Parts.Log.Head);

    private object[] KeyOf(Row row) => [.. _schema.PrimaryKey.Select(ordinal => row[ordinal]!)];

    private static string Text(object? value) => value switch
    {
        null => "NULL",
        double number => string.Create(CultureInfo.InvariantCulture, $"{number:R} {BitConverter.DoubleToInt64Bits(number):x}"),
        float number => string.Create(CultureInfo.InvariantCulture, $"{number:R} {BitConverter.SingleToInt32Bits(number):x}"),
        byte[] bytes => Convert.ToHexString(bytes),
        DateTimeOffset moment => moment.ToString("O", CultureInfo.InvariantCulture),
        DateTime moment => moment.ToString("O", CultureInfo.InvariantCulture),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };
}
