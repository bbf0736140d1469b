using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>A table's definition.</summary>
internal sealed class CatalogDecoder : DecoderUnderTest<TableDefinition>
{
    /// <summary>A column of 7 bytes is a string and an object, and has a place in five lists.</summary>
    public const int PerByte = 24;

    private static readonly TableId s_id = new(17);

    public override string Name => "catalog";

    public override IReadOnlyList<Type> Codecs => [typeof(CatalogCodec)];

    /// <summary>MessagePack has several forms for one number.</summary>
    public override bool IsCanonical => false;

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    public override int AllocationPerByte => PerByte;

    public override IEnumerable<byte[]> CostlyInputs
    {
        get
        {
            var columns = Enumerable.Range(0, TableSchema.MaxColumns).Select(i => new Column($"{i}", ColumnType.Int2)).ToArray();
            yield return CatalogCodec.Encode("t", 1, new TableSchema(columns));
            yield return CatalogCodec.Encode("t", 1, new TableSchema(columns, columns.Select(c => c.Name)));
            yield return CatalogCodec.Encode("t", 1, new TableSchema(columns, null, Enumerable.Range(0, 200).Select(i => new UniqueConstraint($"{i}", [$"{i}"]))));
            byte[] start = [0x96, 0x01, 0xa1, (byte)'t', 0x01];
            byte[] column = [0x95, 0xa1, (byte)'a', 0x01, 0x01, 0x00, 0xc0];
            byte[] many = [0xdd, 0, 0, 0x40, 0];
            yield return [.. start, .. many, .. Enumerable.Repeat(column, 0x4000).SelectMany(c => c)];
            yield return [.. start, 0x91, .. column, .. many, .. Enumerable.Repeat((byte)0, 0x4000), 0x90];
            yield return [.. start, 0x91, .. column, 0x90, .. many, .. Enumerable.Repeat(new byte[] { 0x92, 0xa1, (byte)'u', 0x91, 0xa1, (byte)'a' }, 0x4000).SelectMany(u => u)];
            yield return [.. start, 0x91, .. column, 0x90, 0x91, 0x92, 0xa1, (byte)'u', .. many, .. Enumerable.Repeat((byte)0xa0, 0x4000)];
            yield return [.. start, 0xdd, 0x7f, 0xff, 0xff, 0xff, .. column];
            yield return [0x96, 0x01, 0xdb, 0x7f, 0xff, 0xff, 0xff, (byte)'t'];
        }
    }

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
