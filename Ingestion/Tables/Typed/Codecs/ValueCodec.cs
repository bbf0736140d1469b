using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Writes values of one CLR type into a row and reads them back, without boxing. Any thread.</summary>
internal abstract class ValueCodec<TValue>
{
    /// <summary>Writes a value; false, with the reason in <paramref name="fault"/>, where it does not fit. A null reference becomes NULL.</summary>
    public abstract bool TryWrite(TValue value, ref RowWriter writer, ref RowFault fault);

    /// <summary>Reads a value that is not NULL.</summary>
    /// <exception cref="OverflowException">The column's type holds it, the CLR type does not.</exception>
    /// <exception cref="FormatException">The CLR type has no such value.</exception>
    public abstract TValue Read(ValueView value);
}

/// <summary>A codec of a value type, for properties that may be null.</summary>
internal sealed class NullableCodec<TValue>(ValueCodec<TValue> inner) : ValueCodec<TValue?>
    where TValue : struct
{
    public override bool TryWrite(TValue? value, ref RowWriter writer, ref RowFault fault)
    {
        if (value is { } there)
            return inner.TryWrite(there, ref writer, ref fault);
        writer.WriteNull();
        return true;
    }

    public override TValue? Read(ValueView value) => inner.Read(value);
}
