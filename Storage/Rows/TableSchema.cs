using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>Columns and keys of a table. Immutable; safe to share.</summary>
public sealed class TableSchema
{
    /// <summary>Columns a table may have.</summary>
    public const int MaxColumns = 1_600;

    /// <summary>Bytes of UTF-8 a name may have.</summary>
    public const int MaxNameBytes = 128;

    /// <summary>The primary key, unique constraints and foreign keys a table may have: an index's id holds its number in one byte.</summary>
    internal const int MaxIndexes = 255;

    private readonly Dictionary<string, int> _ordinals;

    /// <summary>Makes a schema.</summary>
    /// <param name="columns">1 to 1,600 columns with different names.</param>
    /// <param name="primaryKey">Names of the key's columns in key order; empty for a table without a key.</param>
    /// <param name="unique">Unique constraints besides the primary key; 255 with it and the foreign keys at most.</param>
    /// <param name="checks">Conditions on rows, 255 at most.</param>
    /// <param name="foreignKeys">References to keys of other rows.</param>
    /// <exception cref="ArgumentException">A name is missing, too long, twice there or unknown, or a length, element type, default or action does not fit.</exception>
    public TableSchema(IEnumerable<Column> columns, IEnumerable<string>? primaryKey = null, IEnumerable<UniqueConstraint>? unique = null, IEnumerable<CheckConstraint>? checks = null, IEnumerable<ForeignKey>? foreignKeys = null)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var all = columns.ToArray();
        if (all.Length is 0 or > MaxColumns)
            throw new ArgumentException($"A table has 1 to {MaxColumns} columns, not {all.Length}.", nameof(columns));

        _ordinals = new Dictionary<string, int>(all.Length, StringComparer.Ordinal);
        for (var i = 0; i < all.Length; i++)
        {
            SchemaRules.CheckColumn(all[i]);
            if (!_ordinals.TryAdd(all[i].Name, i))
                throw new ArgumentException($"Column {all[i].Name} is there twice.", nameof(columns));
        }

        PrimaryKey = Resolve(primaryKey ?? [], "the primary key");
        foreach (var ordinal in PrimaryKey)
        {
            if (all[ordinal].IsNullable)
                all[ordinal] = all[ordinal] with { IsNullable = false };
        }

        Columns = [.. all];
        Unique = [.. unique ?? []];
        Checks = [.. checks ?? []];
        ForeignKeys = [.. (foreignKeys ?? []).Select(key => key with { Columns = [.. key.Columns], ReferencedColumns = [.. key.ReferencedColumns] })];
        SchemaRules.CheckColumns(this);
        SchemaRules.CheckConstraints(this);
    }

    /// <summary>The columns in row order.</summary>
    public ImmutableArray<Column> Columns { get; }

    /// <summary>Ordinals of the primary key's columns in key order; empty where there is none.</summary>
    public ImmutableArray<int> PrimaryKey { get; }

    /// <summary>Unique constraints besides the primary key.</summary>
    public ImmutableArray<UniqueConstraint> Unique { get; }

    /// <summary>Conditions that every row must meet.</summary>
    public ImmutableArray<CheckConstraint> Checks { get; }

    /// <summary>References to keys of other rows.</summary>
    public ImmutableArray<ForeignKey> ForeignKeys { get; }

    /// <summary>The place of a column in the row, or -1.</summary>
    public int OrdinalOf(string name) => _ordinals.GetValueOrDefault(name, -1);

    /// <summary>Ordinals of named columns.</summary>
    /// <exception cref="ArgumentException">A name is unknown or there twice.</exception>
    public ImmutableArray<int> Resolve(IEnumerable<string> names, string owner)
    {
        ArgumentNullException.ThrowIfNull(names);
        var ordinals = ImmutableArray.CreateBuilder<int>();
        foreach (var name in names)
        {
            var ordinal = OrdinalOf(name);
            if (ordinal < 0)
                throw new ArgumentException($"There is no column {name} for {owner}.", nameof(names));
            if (ordinals.Contains(ordinal))
                throw new ArgumentException($"Column {name} is twice in {owner}.", nameof(names));
            ordinals.Add(ordinal);
        }

        return ordinals.ToImmutable();
    }
}

/// <summary>Columns whose values, taken together, no two rows may share. A row with a NULL in one of them never collides.</summary>
/// <param name="Name">Names the constraint inside its table.</param>
/// <param name="Columns">The columns in key order.</param>
public sealed record UniqueConstraint(string Name, params string[] Columns);
