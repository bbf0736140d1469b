using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

internal sealed class BytesCodec : ValueCodec<byte[]?>
{
    public override bool TryWrite(byte[]? value, ref RowWriter writer, ref RowFault fault)
    {
        if (value is null)
            writer.WriteNull();
        else
            writer.WriteBytes(value);
        return true;
    }

    public override byte[] Read(ValueView value) => value.GetBytes().ToArray();
}

internal sealed class MemoryCodec : ValueCodec<ReadOnlyMemory<byte>>
{
    public override bool TryWrite(ReadOnlyMemory<byte> value, ref RowWriter writer, ref RowFault fault)
    {
        writer.WriteBytes(value.Span);
        return true;
    }

    public override ReadOnlyMemory<byte> Read(ValueView value) => value.GetBytes().ToArray();
}

internal sealed class VectorCodec : ValueCodec<float[]?>
{
    public override bool TryWrite(float[]? value, ref RowWriter writer, ref RowFault fault)
    {
        if (value is null)
            writer.WriteNull();
        else
            writer.WriteVector(value);
        return true;
    }

    public override float[] Read(ValueView value) => value.GetVector().ToArray();
}

internal sealed class VectorMemoryCodec : ValueCodec<ReadOnlyMemory<float>>
{
    public override bool TryWrite(ReadOnlyMemory<float> value, ref RowWriter writer, ref RowFault fault)
    {
        writer.WriteVector(value.Span);
        return true;
    }

    public override ReadOnlyMemory<float> Read(ValueView value) => value.GetVector().ToArray();
}

/// <summary>Arrays, element by element.</summary>
internal sealed class ArrayCodec<TElement>(ValueCodec<TElement> element) : ValueCodec<TElement[]?>
{
    public override bool TryWrite(TElement[]? value, ref RowWriter writer, ref RowFault fault)
    {
        if (value is null)
        {
            writer.WriteNull();
            return true;
        }

        writer.BeginArray(value.Length);
        foreach (var item in value)
        {
            if (!element.TryWrite(item, ref writer, ref fault))
                return false;
        }

        return true;
    }

    public override TElement[] Read(ValueView value)
    {
        var items = new List<TElement>(); // the stored count is not trusted with an allocation
        foreach (var item in value.GetArray())
        {
            if (!item.IsNull)
                items.Add(element.Read(item));
            else if (default(TElement) is null)
                items.Add(default!);
            else
                throw new FormatException($"an element is NULL, which {typeof(TElement).Name} cannot be");
        }

        return [.. items];
    }
}
