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
            byte[] newest = [0x9a, 0x02, 0xa1, (byte)'t', 0x01, 0x91, 0x96, 0xa1, (byte)'a', 0x01, 0x01, 0x00, 0xc0, 0xc0, 0x90, 0x90];
            yield return [.. newest, .. many, .. Enumerable.Repeat(new byte[] { 0x92, 0xa1, (byte)'c', 0xa1, (byte)'a' }, 0x4000).SelectMany(c => c)];
            yield return [.. newest, 0xdc, 0, 255, .. Enumerable.Range(0, 255).SelectMany(i => new byte[] { 0x92, 0xa2, (byte)(i / 16 + 'A'), (byte)(i % 16 + 'A'), 0xa1, (byte)'a' }), 0x90, 0x90, 0x01];
            yield return [.. newest, 0x90, .. many, .. Enumerable.Repeat(new byte[] { 0x97, 0xa1, (byte)'f', 0x91, 0xa1, (byte)'a', 0xa1, (byte)'t', 0x90, 0, 0, 0 }, 0x4000).SelectMany(f => f)];
            yield return [.. newest, 0x90, 0x90, .. many, .. Enumerable.Repeat((byte)1, 0x4000)];
            yield return [.. start, 0xdd, 0x7f, 0xff, 0xff, 0xff, .. column];
            yield return [0x96, 0x01, 0xdb, 0x7f, 0xff, 0xff, 0xff, (byte)'t'];
        }
    }

    protected override Gen<TableDefinition> Values { get; } =
        Gen.Select(Gens.Text(6), Gens.UInt, Gen.Select(Gen.Int[0, CellKinds.All.Count - 1], Gen.Bool, Gen.Int[0, 300]).Array[1, 8], Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 511]).Select(Make);

    protected override byte[] Encode(TableDefinition value) => CatalogCodec.Encode(value);

    protected override bool TryDecode(byte[] bytes, out TableDefinition value)
    {
        value = CatalogCodec.Decode(s_id, 17, bytes);
        return true;
    }

    protected override bool Same(TableDefinition one, TableDefinition other) =>
        one.Name == other.Name && one.SchemaVersion == other.SchemaVersion && one.Schema.Columns.SequenceEqual(other.Schema.Columns)
        && one.Schema.PrimaryKey.SequenceEqual(other.Schema.PrimaryKey) && one.Schema.Unique.Length == other.Schema.Unique.Length
        && one.Schema.Unique.Zip(other.Schema.Unique).All(pair => pair.First.Name == pair.Second.Name && pair.First.Columns.SequenceEqual(pair.Second.Columns))
        && one.Schema.Checks.SequenceEqual(other.Schema.Checks) && one.Schema.ForeignKeys.Select(k => k.ToString()).SequenceEqual(other.Schema.ForeignKeys.Select(k => k.ToString()))
        && one.Indexes.Select(i => (i.Id, i.Name, i.Kind)).SequenceEqual(other.Indexes.Select(i => (i.Id, i.Name, i.Kind))) && one.Numbers.Next == other.Numbers.Next
        && one.Revision == other.Revision && one.Pending.SequenceEqual(other.Pending);

    private static TableDefinition Make(string name, uint version, (int Kind, bool IsNullable, int Length)[] columns, int keys, int uniques, int more)
    {
        var made = columns.Select((c, i) =>
        {
            var column = CellKinds.All[c.Kind].Column with { Name = $"c{i}", IsNullable = c.IsNullable };
            column = column.Type is ColumnType.Varchar or ColumnType.Char or ColumnType.Vector ? column with { Length = c.Length } : column;
            return (more & 1) == 0 || i % 2 == 0 ? column : column with { Default = $"{i} + 1" };
        }).ToArray();
        if ((more & 2) != 0 && made[0].Type is ColumnType.Int2 or ColumnType.Int4 or ColumnType.Int8)
            made[0] = made[0] with { IsAutoIncrement = true, Default = null };
        var names = made.Select(c => c.Name).ToArray();
        var unique = Enumerable.Range(0, uniques).Select(i => new UniqueConstraint($"u{i}", [.. names.Skip(i).DefaultIfEmpty(names[0])]));
        var checks = Enumerable.Range(0, more >> 2 & 3).Select(i => new CheckConstraint($"k{i}", $"c0 > {i}"));
        var references = Enumerable.Range(0, more >> 4 & 3).Select(i => new ForeignKey($"f{i}", names[..1], "other", i == 0 ? [] : ["id"])
        {
            OnDelete = (ReferentialAction)i,
            OnUpdate = i == 1 ? ReferentialAction.Cascade : ReferentialAction.NoAction,
            IsDeferred = (more & 64) != 0,
        });
        var schema = new TableSchema(made, names.Take(keys), unique, checks, references);
        var numbers = IndexNumbers.First(schema);
        var moved = new IndexNumbers([.. numbers.Used.Select(n => (byte)(n == 0 ? 0 : n + 3))], numbers.Next + 3); // three were dropped
        var table = new TableDefinition(s_id, 17, name, version, schema, (more & 128) == 0 ? null : moved);
        return (more & 256) == 0 ? table : table with { Revision = version | 1, Pending = [.. unique.Select(u => u.Name), .. checks.Select(c => c.Name)] };
    }
}
