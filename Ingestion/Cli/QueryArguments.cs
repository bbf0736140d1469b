using System.CommandLine;
using Helios.Pipeline.Ingestion;

namespace Helios.Pipeline.Cli;

/// <summary>The options that say which rows of a table are meant.</summary>
internal sealed class QueryArguments
{
    private readonly Option<string> _where = new("--where") { Description = "Only rows for which this holds, as in SQL: \"price > 10 and city in ('Oslo', 'Bergen')\".", HelpName = "CONDITION" };
    private readonly Option<string[]> _order = new("--order-by") { Description = "Column to sort by, with ' desc' from the greatest down; again for more columns. Where no index has that order it needs --limit: 100,000 rows at most, those of --offset among them.", HelpName = "COLUMN", Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false };
    private readonly Option<string> _limit = new("--limit") { Description = "Rows at most; all where it is left out.", HelpName = "N" };
    private readonly Option<string> _offset = new("--offset") { Description = "Rows to pass over first.", HelpName = "N" };

    public void AddTo(Command command)
    {
        command.Add(_where);
        command.Add(_order);
        command.Add(_limit);
        command.Add(_offset);
    }

    /// <summary>Looks at what is wrong whatever the database has.</summary>
    /// <exception cref="UsageException">A number is none.</exception>
    public static void Check(ParseResult parsed, QueryArguments rows)
    {
        Arguments.Number(parsed, rows._limit, 0, long.MaxValue);
        Arguments.Number(parsed, rows._offset, 0, long.MaxValue);
    }

    /// <summary>The rows of a table that are meant.</summary>
    /// <exception cref="UsageException">A column is not there, or a number is none.</exception>
    public Query Apply(ParseResult parsed, Ingestion.Table table)
    {
        var query = table.Query();
        if (parsed.GetValue(_where) is { } condition)
            query = query.Where(condition);
        foreach (var (i, column) in (parsed.GetValue(_order) ?? []).Index())
            query = Order(query, table, column, isFirst: i == 0);
        if (Arguments.Number(parsed, _offset, 0, long.MaxValue) is { } offset)
            query = query.Skip(offset);
        return Arguments.Number(parsed, _limit, 0, long.MaxValue) is { } limit ? query.Take(limit) : query;
    }

    private static Query Order(Query query, Ingestion.Table table, string text, bool isFirst)
    {
        // A column may have any name: one that is called "a desc" is itself.
        if (table.Schema.OrdinalOf(text) < 0)
            text = text.Trim();
        var isDescending = table.Schema.OrdinalOf(text) < 0 && text.EndsWith(" desc", StringComparison.OrdinalIgnoreCase);
        var column = isDescending ? text[..^5].TrimEnd() : text.EndsWith(" asc", StringComparison.OrdinalIgnoreCase) && table.Schema.OrdinalOf(text) < 0 ? text[..^4].TrimEnd() : text;
        if (table.Schema.OrdinalOf(column) < 0)
            throw new UsageException($"--order-by: table {table.Name} has no column {column}; it has: {string.Join(", ", table.Schema.Columns.Select(c => c.Name))}");
        try
        {
            return (isFirst, isDescending) switch
            {
                (true, false) => query.OrderBy(column),
                (true, true) => query.OrderByDescending(column),
                (false, false) => query.ThenBy(column),
                _ => query.ThenByDescending(column),
            };
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"--order-by: {error.Message}");
        }
    }
}
