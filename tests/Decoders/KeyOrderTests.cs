using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders.Tests;

/// <summary>Keys are never decoded; what they owe is order: key order = value order, column by column, and no key is the beginning of another.</summary>
public class KeyOrderTests
{
    public static TheoryData<int, string> Kinds
    {
        get
        {
            var kinds = new TheoryData<int, string>();
            for (var i = 0; i < CellKinds.All.Count; i++)
                kinds.Add(i, $"{CellKinds.All[i].Column.Type} {CellKinds.All[i].Column.ElementType}");
            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Keys_of_one_column_compare_as_the_values_do(int kind, string name)
    {
        Assert.NotEmpty(name);
        var cells = CellKinds.All[kind].Cells;
        Gen.Select(cells, cells).Sample((a, b) => Check([kind], [a], [b]), iter: DecoderTests.Iterations, threads: 1);
    }

    [Fact]
    public void Keys_of_several_columns_compare_column_by_column() =>
        Gen.Int[0, CellKinds.All.Count - 1].Array[2, 3]
            .SelectMany(kinds => Gen.Select(Row(kinds), Row(kinds), Gen.Int[0, 2]).Select((a, b, shared) => (kinds, a, b: (object?[])[.. a.Take(shared), .. b.Skip(shared)])))
            .Sample(t => Check(t.kinds, t.a, t.b), iter: DecoderTests.Iterations * 5, threads: 1);

    [Fact]
    public void Numbers_of_the_store_compare_as_numbers() =>
        Gen.Select(Gens.UInt, Gens.ULong, Gens.ULong, Gens.UInt, Gens.ULong, Gens.ULong).Sample(
            (partitionA, rowA, lsnA, partitionB, rowB, lsnB) =>
            {
                Span<byte> a = stackalloc byte[KeySpace.RowKeySize];
                Span<byte> b = stackalloc byte[KeySpace.RowKeySize];
                KeyWriter.Row(a, partitionA, new RowId(rowA), new Lsn(lsnA));
                KeyWriter.Row(b, partitionB, new RowId(rowB), new Lsn(lsnB));
                var expected = (partitionA, rowA).CompareTo((partitionB, rowB)) is var order and not 0 ? order : lsnB.CompareTo(lsnA); // newest first
                Assert.Equal(Math.Sign(expected), Math.Sign(a.SequenceCompareTo(b)));
            },
            iter: DecoderTests.Iterations,
            threads: 1);

    private static Gen<object?[]> Row(int[] kinds) => kinds.Select(kind => CellKinds.All[kind].Cells.Select(cell => new[] { cell }))
        .Aggregate((before, cell) => Gen.Select(before, cell).Select((all, one) => (object?[])[.. all, .. one]));

    private static void Check(int[] kinds, object?[] a, object?[] b)
    {
        var (keyA, keyB) = (KeyOf(kinds, a), KeyOf(kinds, b));
        var expected = kinds.Select((kind, i) => CellKinds.All[kind].CompareOrNull(a[i], b[i])).FirstOrDefault(order => order != 0);
        Assert.Equal(Math.Sign(expected), Math.Sign(keyA.AsSpan().SequenceCompareTo(keyB)));
        if (expected != 0)
            Assert.False(keyA.AsSpan().StartsWith(keyB) || keyB.AsSpan().StartsWith(keyA), "One key is the beginning of another.");
    }

    private static byte[] KeyOf(int[] kinds, object?[] cells)
    {
        var schema = new TableSchema(kinds.Select((kind, i) => CellKinds.All[kind].Column with { Name = $"c{i}" }));
        using var row = new ByteBuffer();
        var writer = new RowWriter(row);
        writer.Begin(1, cells.Length);
        for (var i = 0; i < cells.Length; i++)
            CellKinds.All[kinds[i]].WriteOrNull(ref writer, cells[i]);
        writer.End();
        var offsets = new int[cells.Length];
        Assert.True(RowRules.TryValidate(schema, row.Written, offsets, out var fault), fault.Code);
        using var key = new ByteBuffer();
        new KeyEncoder(schema, [.. Enumerable.Range(0, cells.Length)]).Append(row.Written, offsets, key);
        return key.Written.ToArray();
    }
}
