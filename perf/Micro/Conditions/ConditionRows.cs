using System.Globalization;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Micro;

/// <summary>Rows as the loads write them, in batches, and what is done with them.</summary>
internal sealed class ConditionRows : IDisposable
{
    private readonly RowBatch[] _batches;
    private readonly ushort[] _selected = new ushort[RowBatch.MaxRows];
    private readonly int[] _offsets = new int[Schema.Columns.Length];

    public ConditionRows(int batches)
    {
        var random = new Random(1);
        var payload = new byte[100];
        var start = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;
        _batches = new RowBatch[batches];
        for (var b = 0; b < batches; b++)
        {
            _batches[b] = RowBatch.Rent();
            for (var i = 0; i < RowBatch.MaxRows; i++)
            {
                var id = (b * RowBatch.MaxRows) + i;
                random.NextBytes(payload);
                var writer = new RowWriter(_batches[b].Buffer);
                writer.Begin(1, Schema.Columns.Length);
                writer.WriteInt64(1_000_000 + id);
                writer.WriteTicks(start + (id * TimeSpan.TicksPerMillisecond));
                writer.WriteText("dev" + random.Next(1_000).ToString(CultureInfo.InvariantCulture));
                writer.WriteDouble(random.NextDouble());
                writer.WriteBytes(payload);
                writer.End();
                _batches[b].Take(new RowId((ulong)id), new Lsn(1));
            }
        }
    }

    public static TableSchema Schema { get; } = new([
        new Column("id", ColumnType.Int8), new Column("ts", ColumnType.Timestamptz), new Column("device", ColumnType.Text), new Column("value", ColumnType.Float8), new Column("payload", ColumnType.Bytea),
    ]);

    public int Count => _batches.Length * RowBatch.MaxRows;

    public int BytesPerRow => _batches[0].Bytes / RowBatch.MaxRows;

    public int SelectByRow(CompiledExpression condition)
    {
        var count = 0;
        EvaluationContext context = default;
        foreach (var batch in _batches)
        {
            for (var row = 0; row < batch.Count; row++)
            {
                RowView.ReadOffsets(batch[row], _offsets);
                if (condition.EvaluateCondition(batch[row], _offsets, context, out var fault) == true)
                    count++;
                if (fault.Code is not null)
                    return count;
            }
        }

        return count;
    }

    public int SelectByBatch(BatchCondition condition)
    {
        var count = 0;
        foreach (var batch in _batches)
            count += condition.Select(batch, default, _selected, out _);
        return count;
    }

    public int FindOffsets(BatchCondition condition)
    {
        foreach (var batch in _batches)
            condition.FindOffsets(batch);
        return _batches.Length;
    }

    public int ReadAllOffsets()
    {
        foreach (var batch in _batches)
            for (var row = 0; row < batch.Count; row++)
                RowView.ReadOffsets(batch[row], _offsets);
        return _batches.Length;
    }

    public void Dispose()
    {
        foreach (var batch in _batches)
            batch.Dispose();
    }
}
