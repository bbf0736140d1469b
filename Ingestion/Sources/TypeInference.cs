using System.Collections.Immutable;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>A column and the type that its values suggest.</summary>
internal readonly record struct InferredColumn(string Name, ColumnType Type);

/// <summary>Suggests column types from the first records of an input.</summary>
/// <remarks>
/// One thread. A record that will be rejected for its form has no say. Every value that had a say fits the type of
/// its column.
/// </remarks>
internal abstract class TypeInference
{
    /// <summary>Records that are looked at.</summary>
    public const int MaxRecords = 10_000;

    /// <summary>Bytes of records that are looked at.</summary>
    public const long MaxBytes = 16 * 1024 * 1024;

    private int _records;
    private long _bytes;

    /// <summary>True when enough has been seen: more records change nothing.</summary>
    public bool IsFull => _records >= MaxRecords || _bytes >= MaxBytes;

    /// <summary>The columns found so far, in the order of the header or of their first appearance.</summary>
    public abstract ImmutableArray<InferredColumn> Columns { get; }

    /// <summary>Looks at one record without a flaw; does nothing when <see cref="IsFull"/>.</summary>
    public void Observe(ReadOnlySpan<byte> record)
    {
        if (IsFull)
            return;
        _records++;
        _bytes += record.Length;
        ObserveFields(record);
    }

    /// <summary>Looks at a batch's records until <see cref="IsFull"/>.</summary>
    public void Observe(RecordBatch batch)
    {
        for (var i = 0; i < batch.Count && !IsFull; i++)
        {
            if (batch.Slices[i].Flaw == RecordFlaw.None)
                Observe(batch.Bytes(i));
        }
    }

    /// <summary>The type for a column whose values have these shapes.</summary>
    public static ColumnType Resolve(ValueShape shapes)
    {
        const ValueShape Integers = ValueShape.Integer | ValueShape.WideInteger | ValueShape.InexactInteger;
        const ValueShape Numbers = Integers | ValueShape.Float | ValueShape.FloatBeyondNumeric;
        return shapes switch
        {
            ValueShape.Boolean => ColumnType.Boolean,
            ValueShape.Date => ColumnType.Date,
            ValueShape.Time => ColumnType.Time,
            ValueShape.Timestamp => ColumnType.Timestamp,
            ValueShape.Timestamptz => ColumnType.Timestamptz,
            ValueShape.Json => ColumnType.Json,
            ValueShape.None => ColumnType.Text,
            _ when (shapes & ~Integers) == 0 => shapes.HasFlag(ValueShape.WideInteger) ? ColumnType.Numeric : ColumnType.Int8,
            _ when (shapes & ~Numbers) != 0 => ColumnType.Text,
            _ when !shapes.HasFlag(ValueShape.InexactInteger) => ColumnType.Float8,
            _ => shapes.HasFlag(ValueShape.FloatBeyondNumeric) ? ColumnType.Text : ColumnType.Numeric,
        };
    }

    /// <summary>Adds the shapes of one record's values.</summary>
    protected abstract void ObserveFields(ReadOnlySpan<byte> record);
}
