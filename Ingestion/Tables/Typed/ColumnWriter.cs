using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Writes one column of a row object. Any thread.</summary>
internal abstract class ColumnWriter<T>
{
    public abstract bool TryWrite(T row, ref RowWriter writer, ref RowFault fault);

    /// <summary>Does the row leave its value to the table: with null, or, if that counts too, with the 0 of a property that cannot be null?</summary>
    public abstract bool IsMissing(T row, bool orZero);

    /// <summary>Writes a value of a key to look for; false, and why, where it is none of the column.</summary>
    public abstract bool TryWriteKey(Column column, object key, ref RowWriter writer, out RowFault fault);
}

/// <summary>Writes values of a key whose type is known, without boxing.</summary>
internal interface IKeyWriter<TKey>
{
    bool TryWriteKey(TKey key, ref RowWriter writer, out RowFault fault);
}

/// <summary>Gets a property through a compiled accessor and writes it through its codec.</summary>
internal sealed class ColumnWriter<T, TProperty>(Func<T, TProperty> get, ValueCodec<TProperty> codec) : ColumnWriter<T>, IKeyWriter<TProperty>
{
    public override bool TryWrite(T row, ref RowWriter writer, ref RowFault fault) => codec.TryWrite(get(row), ref writer, ref fault);

    public override bool IsMissing(T row, bool orZero)
    {
        var value = get(row);
        return value is null || (orZero && default(TProperty) is not null && EqualityComparer<TProperty>.Default.Equals(value, default));
    }

    public override bool TryWriteKey(Column column, object key, ref RowWriter writer, out RowFault fault) =>
        key is TProperty value ? TryWriteKey(value, ref writer, out fault) : ColumnClr.TryWrite(column, key, ref writer, out fault);

    public bool TryWriteKey(TProperty key, ref RowWriter writer, out RowFault fault)
    {
        fault = default;
        return codec.TryWrite(key, ref writer, ref fault);
    }
}
