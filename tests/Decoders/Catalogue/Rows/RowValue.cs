using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>A row of one of the tests' tables. The first byte says which table, the row follows.</summary>
internal sealed record RowValue(int Table, uint SchemaVersion, object?[] Cells)
{
    /// <summary>One table with a column of every kind, and one for each kind alone.</summary>
    private static readonly CellKind[][] s_tables = [[.. CellKinds.All], .. CellKinds.All.Select(kind => new[] { kind })];

    private static readonly TableSchema[] s_schemas = [.. s_tables.Select(kinds => new TableSchema(kinds.Select((kind, i) => kind.Column with { Name = $"c{i}" })))];

    /// <summary>Long arrays of short elements, JSON of many parts, and lengths that nothing follows.</summary>
    public static IEnumerable<byte[]> CostlyRows
    {
        get
        {
            for (var table = 0; table < Tables; table++)
            {
                foreach (var element in new byte[] { 0xc0, 0x00, 0xa0, 0x90 })
                    yield return [(byte)table, 0x92, 0x01, 0xdd, 0, 0, 0x80, 0, .. Enumerable.Repeat(element, 0x8000)];
                foreach (var text in CanonicalJsonDecoder.Texts)
                    yield return [(byte)table, 0x92, 0x01, 0xdb, 0, (byte)(text.Length >> 16), (byte)(text.Length >> 8), (byte)text.Length, .. text];
                yield return [(byte)table, 0x92, 0x01, 0xdd, 0x7f, 0xff, 0xff, 0xff];
                yield return [(byte)table, 0x92, 0x01, 0xc6, 0x7f, 0xff, 0xff, 0xff];
            }
        }
    }

    public static int Tables => s_tables.Length;

    public static Gen<RowValue> Any { get; } = Gen.Frequency((1, Gen.Const(0)), (4, Gen.Int[1, s_tables.Length - 1])).SelectMany(table =>
        Gen.Select(Gens.UInt, CellsOf(s_tables[table])).Select((version, cells) => new RowValue(table, version, cells)));

    public static int TableOf(byte[] bytes) => bytes[0] % s_tables.Length;

    public static CellKind[] Kinds(int table) => s_tables[table];

    public static TableSchema Schema(int table) => s_schemas[table];

    public byte[] Encode()
    {
        using var buffer = new ByteBuffer();
        buffer.Append((byte)Table);
        var writer = new RowWriter(buffer);
        writer.Begin(SchemaVersion, Cells.Length);
        for (var i = 0; i < Cells.Length; i++)
            s_tables[Table][i].WriteOrNull(ref writer, Cells[i]);
        writer.End();
        return buffer.Written.ToArray();
    }

    /// <summary>One encoding for one value: the writer writes integers in their smallest form.</summary>
    public bool Equals(RowValue? other) => other is not null && Encode().AsSpan().SequenceEqual(other.Encode());

    public override int GetHashCode() => HashCode.Combine(Table, SchemaVersion);

    private static Gen<object?[]> CellsOf(CellKind[] kinds)
    {
        var cells = kinds[0].Cells.Select(cell => new[] { cell });
        return kinds.Skip(1).Aggregate(cells, (before, kind) => Gen.Select(before, kind.Cells).Select((all, cell) => (object?[])[.. all, cell]));
    }
}
