using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Which columns of a table a client reveals, and the ordinary table that the engine then has. Immutable; safe to share.</summary>
/// <remarks>
/// The engine's table (<see cref="Stored"/>) has the plain columns as they are, a hash (Bytea) in place of each blind one, and one column <see cref="SealedColumn"/> with
/// everything that is not plain, encrypted. Keys and unique constraints are those of the client's table: their columns must be plain or blind.
/// </remarks>
public sealed class SealedSchema
{
    /// <summary>Name of the column that holds what is not revealed.</summary>
    public const string SealedColumn = "sealed";

    private readonly BlindIndex?[] _blind;  // by the client's ordinals
    private readonly bool[] _plain;

    /// <summary>Makes a schema.</summary>
    /// <param name="table">Name of the table: each row is bound to it.</param>
    /// <param name="client">The table as the client sees it. It has a primary key: that tells a row from every other.</param>
    /// <param name="plain">Columns that everybody may read; none where it is null.</param>
    /// <param name="blind">Columns that can be looked for and not read; none where it is null.</param>
    /// <exception cref="ArgumentException">
    /// There is no primary key; a column of a key or unique constraint is neither plain nor blind, or its hash is shorter than 16 bytes; a name is unknown,
    /// twice there, or <c>sealed</c>; a plain column is an Array of Numeric.
    /// </exception>
    public SealedSchema(string table, TableSchema client, IEnumerable<string>? plain = null, IEnumerable<BlindIndex>? blind = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        ArgumentNullException.ThrowIfNull(client);
        if (Encoding.UTF8.GetByteCount(table) > TableSchema.MaxNameBytes)
            throw new ArgumentException($"A table name has 1 to {TableSchema.MaxNameBytes} bytes: '{table}'.", nameof(table));
        (Table, Client) = (table, client);
        _blind = new BlindIndex?[client.Columns.Length];
        _plain = new bool[client.Columns.Length];
        foreach (var ordinal in client.Resolve(plain ?? [], "the plain columns"))
            _plain[ordinal] = true;
        var hashed = (blind ?? []).ToArray();
        foreach (var (ordinal, index) in client.Resolve(hashed.Select(b => b.Column), "the blind columns").Zip(hashed))
            _blind[ordinal] = index;
        Check(plain is null ? nameof(blind) : nameof(plain));

        Revealed = [.. Enumerable.Range(0, client.Columns.Length).Where(i => _plain[i] || _blind[i] is not null)];
        Hidden = [.. Enumerable.Range(0, client.Columns.Length).Where(i => !_plain[i])];
        Stored = new TableSchema(
            Revealed.Select(StoredColumn).Append(new Column(SealedColumn, ColumnType.Bytea) { IsNullable = false }),
            client.PrimaryKey.Select(i => client.Columns[i].Name),
            client.Unique);
        Encoders = [.. Enumerable.Range(0, client.Columns.Length).Select(i => _blind[i] is null ? null : new KeyEncoder(client, [i]))];
        HiddenColumns = [.. Hidden.Select(i => client.Columns[i])];
        Digest = MakeDigest();
    }

    /// <summary>Name of the table.</summary>
    public string Table { get; }

    /// <summary>The table as the client sees it.</summary>
    public TableSchema Client { get; }

    /// <summary>The table as the engine has it: open it with <see cref="HeliosEngine.TableAsync(string, TableSchema, CancellationToken)"/>.</summary>
    public TableSchema Stored { get; }

    /// <summary>Sealed values are filled up to a multiple of so many bytes, so that their lengths tell less.</summary>
    /// <value>1 to 65,536 bytes; the default is 64. It may change at any time: each row says itself where it ends.</value>
    public int PadTo
    {
        get;
        init => field = value is >= 1 and <= 65_536 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "PadTo is 1 to 65,536.");
    } = 64;

    /// <summary>Ordinals of the client's columns that <see cref="Stored"/> has, in its order.</summary>
    internal ImmutableArray<int> Revealed { get; }

    /// <summary>Ordinals of the client's columns that are sealed.</summary>
    internal ImmutableArray<int> Hidden { get; }

    internal ImmutableArray<Column> HiddenColumns { get; }

    /// <summary>By the client's ordinals; null where a column is not blind.</summary>
    internal ImmutableArray<KeyEncoder?> Encoders { get; }

    /// <summary>SHA-256 of what names and types the columns have, and which are revealed how: a row opens with the schema that it was sealed with.</summary>
    internal ImmutableArray<byte> Digest { get; }

    /// <summary>The schema of a type's objects.</summary>
    /// <typeparam name="T">As for <see cref="HeliosEngine.TableAsync{T}"/>.</typeparam>
    /// <param name="plain">As in the constructor.</param>
    /// <param name="blind">As in the constructor.</param>
    /// <param name="table">The table's name; null for the one that <see cref="HeliosTableAttribute"/> gives, or the type's.</param>
    /// <exception cref="ArgumentException">As in the constructor, or the type cannot be a row.</exception>
    public static SealedSchema Of<T>(IEnumerable<string>? plain = null, IEnumerable<BlindIndex>? blind = null, string? table = null) =>
        new(table ?? RowShape<T>.Instance.DefaultName, RowShape<T>.Instance.Schema, plain, blind);

    internal bool IsPlain(int ordinal) => _plain[ordinal];

    internal BlindIndex? BlindAt(int ordinal) => _blind[ordinal];

    private Column StoredColumn(int ordinal)
    {
        var column = Client.Columns[ordinal];
        return _plain[ordinal] ? column : new Column(column.Name, ColumnType.Bytea) { IsNullable = column.IsNullable };
    }

    private void Check(string parameter)
    {
        if (Client.PrimaryKey.IsEmpty)
            throw new ArgumentException($"Table {Table} has no primary key: nothing would tell its sealed rows from one another.");
        if (!Client.Checks.IsEmpty || !Client.ForeignKeys.IsEmpty || Client.Columns.Any(c => c.Default is not null || c.IsAutoIncrement))
            throw new ArgumentException($"Table {Table} has checks, foreign keys, defaults or auto-increment: the engine, which does that, cannot look into sealed rows.");
        for (var i = 0; i < _plain.Length; i++)
        {
            var column = Client.Columns[i];
            if (_plain[i] && _blind[i] is not null)
                throw new ArgumentException($"Column {column.Name} is plain and blind: choose one.", parameter);
            if (_plain[i] && column is { Type: ColumnType.Array, ElementType: ColumnType.Numeric })
                throw new ArgumentException($"Column {column.Name}: an array of Numeric cannot be plain.", parameter); // an element of more digits than decimal has cannot be written as it was
        }

        foreach (var ordinal in Client.PrimaryKey.Concat(Client.Unique.SelectMany(u => Client.Resolve(u.Columns, u.Name))))
        {
            if (!_plain[ordinal] && _blind[ordinal] is not { Bytes: 16 })
                throw new ArgumentException($"Column {Client.Columns[ordinal].Name} belongs to a key: it must be plain, or blind with 16 bytes.", parameter);
        }
    }

    private ImmutableArray<byte> MakeDigest()
    {
        var text = new StringBuilder();
        for (var i = 0; i < _plain.Length; i++)
        {
            var column = Client.Columns[i];
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(column.Name)}:{column.Name} {(int)column.Type} {(int?)column.ElementType ?? 0} {(_plain[i] ? "plain" : _blind[i] is { } b ? $"blind {b.Bytes}" : "sealed")}\n");
        }

        return [.. SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))];
    }
}
