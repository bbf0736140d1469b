using System.Text.Json;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Holds one column's value between its decoding and the call of the row's constructor: values of rows need no boxing that way.</summary>
internal abstract class ColumnSlot
{
    public abstract void Read(ValueView value);
}

/// <summary>A slot of the property's type. One thread at a time.</summary>
internal sealed class ColumnSlot<TProperty>(string column, ValueCodec<TProperty> codec) : ColumnSlot
{
    /// <summary>Read by compiled code, by its name.</summary>
    public TProperty? Value;

    public override void Read(ValueView value)
    {
        try
        {
            Value = value.IsNull ? default : codec.Read(value);
        }
        catch (Exception error) when (error is OverflowException or FormatException)
        {
            throw new HeliosException(HeliosErrorKind.Invalid, RowFault.OutOfRange,
                $"Column {column}: a stored value does not fit {typeof(TProperty).Name}: {error.Message}. Read the row as an untyped one.", error) { Column = column };
        }
        catch (Exception error) when (error is ArgumentException or JsonException)
        {
            throw new HeliosException(HeliosErrorKind.Corrupt, "corrupt", $"Column {column}: a stored value is damaged: {error.Message}", error) { Column = column };
        }
    }
}
