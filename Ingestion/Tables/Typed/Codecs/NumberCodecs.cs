using System.Numerics;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

internal sealed class BooleanCodec : ValueCodec<bool>
{
    public override bool TryWrite(bool value, ref RowWriter writer, ref RowFault fault)
    {
        writer.WriteBoolean(value);
        return true;
    }

    public override bool Read(ValueView value) => value.GetBoolean();
}

/// <summary>Integers that fit 64 bits with sign, into Int2, Int4 and Int8: a column is never narrower than its property.</summary>
internal sealed class IntegerCodec<TInteger> : ValueCodec<TInteger>
    where TInteger : struct, IBinaryInteger<TInteger>
{
    public override bool TryWrite(TInteger value, ref RowWriter writer, ref RowFault fault)
    {
        writer.WriteInt64(long.CreateTruncating(value));
        return true;
    }

    public override TInteger Read(ValueView value) => TInteger.CreateChecked(value.GetInt64());
}

/// <summary>Integers of any size into Numeric.</summary>
internal sealed class WideIntegerCodec<TInteger> : ValueCodec<TInteger>
    where TInteger : struct, IBinaryInteger<TInteger>
{
    private static readonly UInt128 s_limit = UInt128.Parse("1" + new string('0', Numeric38.MaxDigits), System.Globalization.CultureInfo.InvariantCulture);

    public override bool TryWrite(TInteger value, ref RowWriter writer, ref RowFault fault)
    {
        var negative = TInteger.IsNegative(value);
        // One off, because the least value of a type has no positive counterpart in it.
        var magnitude = negative ? UInt128.CreateSaturating(-(value + TInteger.One)) : UInt128.CreateSaturating(value);
        magnitude += negative && magnitude != UInt128.MaxValue ? 1u : 0u;
        if (magnitude >= s_limit)
        {
            fault = new RowFault(RowFault.OutOfRange, -1, Detail: $"a Numeric has up to {Numeric38.MaxDigits} digits");
            return false;
        }

        writer.WriteNumeric(new Numeric38(magnitude, 0, negative));
        return true;
    }

    public override TInteger Read(ValueView value)
    {
        var number = value.GetNumeric();
        var magnitude = number.Magnitude;
        for (var scale = number.Scale; scale > 0; scale--)
        {
            (magnitude, var digit) = UInt128.DivRem(magnitude, 10);
            if (digit != 0)
                throw new FormatException($"{number} is no integer");
        }

        if (!number.IsNegative)
            return TInteger.CreateChecked(magnitude);
        return TInteger.CreateChecked(-(Int128)(magnitude - 1)) - TInteger.One;
    }
}

internal sealed class DecimalCodec : ValueCodec<decimal>
{
    public override bool TryWrite(decimal value, ref RowWriter writer, ref RowFault fault)
    {
        writer.WriteNumeric(Numeric38.From(value));
        return true;
    }

    public override decimal Read(ValueView value)
    {
        var number = value.GetNumeric();
        return number.TryToDecimal(out var result) ? result : throw new OverflowException($"{number} has more digits than a decimal");
    }
}

internal sealed class SingleCodec : ValueCodec<float>
{
    public override bool TryWrite(float value, ref RowWriter writer, ref RowFault fault)
    {
        writer.WriteSingle(value);
        return true;
    }

    public override float Read(ValueView value) => value.GetSingle();
}

internal sealed class DoubleCodec : ValueCodec<double>
{
    public override bool TryWrite(double value, ref RowWriter writer, ref RowFault fault)
    {
        writer.WriteDouble(value);
        return true;
    }

    public override double Read(ValueView value) => value.GetDouble();
}
