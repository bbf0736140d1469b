using System.Collections.Immutable;

namespace Helios.Pipeline.Storage;

/// <summary>
/// The numbers that a table's indexes have in the store and the log. A number names one index for ever: one that was dropped
/// leaves its number behind, for what was written about it is still there.
/// </summary>
/// <param name="Used">In the order of <see cref="TableDefinition.Indexes"/>.</param>
/// <param name="Next">The next index gets this; 256 when all are used up.</param>
internal sealed record IndexNumbers(ImmutableArray<byte> Used, int Next)
{
    /// <summary>Of a table as it is created: the primary key has 0; number 1 belongs to the first index of a table without one.</summary>
    public static IndexNumbers First(TableSchema schema)
    {
        var count = schema.Unique.Length + schema.ForeignKeys.Length + (schema.PrimaryKey.IsEmpty ? 0 : 1);
        var used = Enumerable.Range(0, count).Select(i => (byte)(i == 0 && !schema.PrimaryKey.IsEmpty ? 0 : i + 1));
        return new IndexNumbers([.. used], count + 1);
    }

    /// <summary>Has the table an index of this id, or had it one?</summary>
    public static bool WasUsed(TableDefinition table, uint index) => index >> 8 == table.Id.Value && (index & byte.MaxValue) < table.Numbers.Next;

    public bool Is(IndexNumbers other) => Next == other.Next && Used.AsSpan().SequenceEqual(other.Used.AsSpan());

    /// <summary>Can these be the numbers of so many indexes?</summary>
    public bool Fit(int indexes) => Used.Length == indexes && Next is >= 1 and <= 256 && Used.All(u => u < Next) && Used.Distinct().Count() == indexes;
}
