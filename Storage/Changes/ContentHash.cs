using System.Buffers.Binary;
using System.IO.Hashing;

namespace Helios.Pipeline.Storage;

/// <summary>Hash of what a commit is to write, by which an attempt at the same is told from another commit under the same number.</summary>
/// <remarks>
/// Only what the caller gave: the tables and the rows as they are to be, in their order. Whether a row is inserted or takes another's place, which version it
/// takes the place of, and what is deleted depend on what a commit finds: the second attempt finds what the first one wrote.
/// </remarks>
internal static class ContentHash
{
    /// <param name="commit">A sealed commit as its caller wrote it.</param>
    public static ulong Of(ReadOnlySpan<byte> commit)
    {
        var hash = new XxHash3();
        var table = default(TableId);
        Span<byte> number = stackalloc byte[sizeof(uint)];
        var commits = new CommitReader(commit);
        commits.TryNext(out var operations);
        while (operations.TryNext(out var operation))
        {
            if (operation.Kind == OperationKind.Insert && operation.AsInsert() is var insert)
            {
                Enter(hash, insert.Table, ref table, number);
                foreach (var row in insert)
                    Append(hash, row, number);
            }
            else if (operation.Kind == OperationKind.Update && operation.AsUpdate() is var update)
            {
                Enter(hash, update.Table, ref table, number);
                Append(hash, update.After, number);
            }
        }

        return hash.GetCurrentHashAsUInt64();
    }

    /// <summary>A table is named where another one's rows were before: how rows are spread over operations makes no difference.</summary>
    private static void Enter(XxHash3 hash, TableId table, ref TableId current, Span<byte> number)
    {
        if (table == current)
            return;
        BinaryPrimitives.WriteUInt32LittleEndian(number, uint.MaxValue); // no row is that long
        hash.Append(number);
        BinaryPrimitives.WriteUInt32LittleEndian(number, table.Value);
        hash.Append(number);
        current = table;
    }

    private static void Append(XxHash3 hash, ReadOnlySpan<byte> row, Span<byte> number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(number, row.Length);
        hash.Append(number);
        hash.Append(row);
    }
}
