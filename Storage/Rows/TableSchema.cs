using System.Collections.Immutable;
using System.Text;

namespace Helios.Pipeline.Storage;

/// <summary>Columns and keys of a table. Immutable; safe to share.</summary>
public sealed class TableSchema
{
    /// <summary>Columns a table may have.</summary>
    public const int MaxColumns = 1_600;

    /// <summary>Bytes of UTF-8 a name may have.</summary>
    public const int MaxNameBytes = 128;

    /// <summary>The primary key and unique constraints a table may have: an index's id holds its number in one byte.</summary>
    internal const int MaxIndexes = 255;

    private readonly Dictionary<string, int> _ordinals;

    /// <summary>Makes a schema.</summary>
    /// <param name="columns">1 to 1,600 columns with different names.</param>
    /// <param name="primaryKey">Names of the key's columns in key order; empty for a table without a key.</param>
    /// <param name="unique">Unique constraints besides the primary key; 255 with it at most.</param>
    /// <exception cref="ArgumentException">A name is missing, too long, twice there or unknown, or a length or element type does not fit its type.</exception>
    public TableSchema(IEnumerable<Column> columns, IEnumerable<string>? primaryKey = null, IEnumerable<UniqueConstraint>? unique = null)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var all = columns.ToArray();
        if (all.Length is 0 or > MaxColumns)
            throw new ArgumentException($"A table has 1 to {MaxColumns} columns, not {all.Length}.", nameof(columns));

        _ordinals = new Dictionary<string, int>(all.Length, StringComparer.Ordinal);
        for (var i = 0; i < all.Length; i++)
        {
            Check(all[i]);
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
        if (Unique.Length + (PrimaryKey.IsEmpty ? 0 : 1) > MaxIndexes)
            throw new ArgumentException($"A table has at most {MaxIndexes} unique constraints, the primary key among them, not {Unique.Length + (PrimaryKey.IsEmpty ? 0 : 1)}.", nameof(unique));
        foreach (var constraint in Unique)
        {
            CheckName(constraint.Name, "unique constraint");
            if (Resolve(constraint.Columns, constraint.Name).IsEmpty)
                throw new ArgumentException($"Unique constraint {constraint.Name} names no column.", nameof(unique));
        }

        if (Unique.Select(u => u.Name).Distinct(StringComparer.Ordinal).Count() != Unique.Length)
            throw new ArgumentException("Two unique constraints have the same name.", nameof(unique));
    }

    /// <summary>The columns in row order.</summary>
    public ImmutableArray<Column> Columns { get; }

    /// <summary>Ordinals of the primary key's columns in key order; empty where there is none.</summary>
    public ImmutableArray<int> PrimaryKey { get; }

    /// <summary>Unique constraints besides the primary key.</summary>
    public ImmutableArray<UniqueConstraint> Unique { get; }

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

    private static void Check(Column column)
    {
        CheckName(column.Name, "column");
        if (!Enum.IsDefined(column.Type))
            throw new ArgumentException($"Column {column.Name} has an unknown type {(int)column.Type}.");
        if (column.Length is < 0 or > 16_777_216)
            throw new ArgumentException($"Column {column.Name}: the length is 0 to 16,777,216, not {column.Length}.");
        if (column.Length != 0 && column.Type is not (ColumnType.Varchar or ColumnType.Char or ColumnType.Vector))
            throw new ArgumentException($"Column {column.Name}: {column.Type} takes no length.");
        if (column.Type == ColumnType.Array != column.ElementType.HasValue)
            throw new ArgumentException($"Column {column.Name}: an element type belongs to Array and to nothing else.");
        if (column.ElementType is { } element && (!Enum.IsDefined(element) || element is ColumnType.Array))
            throw new ArgumentException($"Column {column.Name}: arrays of {column.ElementType} are not supported.");
    }

    private static void CheckName(string name, string what)
    {
        if (string.IsNullOrEmpty(name) || Encoding.UTF8.GetByteCount(name) > MaxNameBytes)
            throw new ArgumentException($"A {what} name has 1 to {MaxNameBytes} bytes: '{name}'.");
    }
}

/// <summary>Columns whose values, taken together, no two rows may share. A row with a NULL in one of them never collides.</summary>
/// <param name="Name">Names the constraint inside its table.</param>
/// <param name="Columns">The columns in key order.</param>
public sealed record UniqueConstraint(string Name, params string[] Columns);
