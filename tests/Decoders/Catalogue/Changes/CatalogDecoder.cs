using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>A table's definition.</summary>
internal sealed class CatalogDecoder : DecoderUnderTest<TableDefinition>
{
    public const int PerByte = 16;

    private static readonly TableId s_id = new(17);

    public override string Name => "catalog";

    public override IReadOnlyList<Type> Codecs => [typeof(CatalogCodec)];

    /// <summary>MessagePack has several forms for one number.</summary>
    public override bool IsCanonical => false;

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    public override int AllocationPerByte => PerByte;

    protected override Gen<TableDefinition> Values { get; } =
        Gen.Select(Gens.Text(6), Gens.UInt, Gen.Select(Gen.Int[0, CellKinds.All.Count - 1], Gen.Bool, Gen.Int[0, 300]).Array[1, 8], Gen.Int[0, 3], Gen.Int[0, 2]).Select(Make);

    protected override byte[] Encode(TableDefinition value) => CatalogCodec.Encode(value.Name, value.SchemaVersion, value.Schema);

    protected override bool TryDecode(byte[] bytes, out TableDefinition value)
    {
        value = CatalogCodec.Decode(s_id, 17, bytes);
        return true;
    }

    protected override bool Same(TableDefinition one, TableDefinition other) =>
        one.Name == other.Name && one.SchemaVersion == other.SchemaVersion && one.Schema.Columns.SequenceEqual(other.Schema.Columns)
        && one.Schema.PrimaryKey.SequenceEqual(other.Schema.PrimaryKey) && one.Schema.Unique.Length == other.Schema.Unique.Length
        && one.Schema.Unique.Zip(other.Schema.Unique).All(pair => pair.First.Name == pair.Second.Name && pair.First.Columns.SequenceEqual(pair.Second.Columns));

    private static TableDefinition Make(string name, uint version, (int Kind, bool IsNullable, int Length)[] columns, int keys, int uniques)
    {
        var made = columns.Select((c, i) =>
        {
            var column = CellKinds.All[c.Kind].Column with { Name = $"c{i}", IsNullable = c.IsNullable };
            return column.Type is ColumnType.Varchar or ColumnType.Char or ColumnType.Vector ? column with { Length = c.Length } : column;
        }).ToArray();
        var names = made.Select(c => c.Name).ToArray();
        return new TableDefinition(s_id, 17, name, version, new TableSchema(made, names.Take(keys), Enumerable.Range(0, uniques).Select(i => new UniqueConstraint($"u{i}", [.. names.Skip(i).DefaultIfEmpty(names[0])]))));
    }
}
