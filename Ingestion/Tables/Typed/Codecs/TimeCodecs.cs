using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

internal sealed class DateCodec : ValueCodec<DateOnly>
{
    public override bool TryWrite(DateOnly value, ref RowWriter writer, ref RowFault fault)
    {
        writer.WriteDate(value);
        return true;
    }

    public override DateOnly Read(ValueView value) => value.GetDate();
}

internal sealed class TimeCodec : ValueCodec<TimeOnly>
{
    public override bool TryWrite(TimeOnly value, ref RowWriter writer, ref RowFault fault)
    {
        writer.WriteTicks(value.Ticks);
        return true;
    }

    public override TimeOnly Read(ValueView value) => new(value.GetTicks());
}

internal sealed class IntervalCodec : ValueCodec<TimeSpan>
{
    public override bool TryWrite(TimeSpan value, ref RowWriter writer, ref RowFault fault)
    {
        writer.WriteTicks(value.Ticks);
        return true;
    }

    public override TimeSpan Read(ValueView value) => new(value.GetTicks());
}

internal sealed class MomentCodec : ValueCodec<DateTimeOffset>
{
    public override bool TryWrite(DateTimeOffset value, ref RowWriter writer, ref RowFault fault)
    {
        writer.WriteTicks(value.UtcTicks);
        return true;
    }

    public override DateTimeOffset Read(ValueView value) => new(value.GetTicks(), TimeSpan.Zero);
}

/// <summary>A Timestamp has no zone: a DateTime that has one would lose it and is refused.</summary>
internal sealed class TimestampCodec : ValueCodec<DateTime>
{
    public override bool TryWrite(DateTime value, ref RowWriter writer, ref RowFault fault)
    {
        if (value.Kind != DateTimeKind.Unspecified)
        {
            fault = new RowFault(RowFault.TypeMismatch, Detail: $"a DateTime of kind {value.Kind} was given; make the column Timestamptz, or the property a DateTimeOffset");
            return false;
        }

        writer.WriteTicks(value.Ticks);
        return true;
    }

    public override DateTime Read(ValueView value) => new(value.GetTicks(), DateTimeKind.Unspecified);
}

/// <summary>A Timestamptz is a moment: a DateTime whose kind does not say which one is refused.</summary>
internal sealed class UtcTimestampCodec : ValueCodec<DateTime>
{
    public override bool TryWrite(DateTime value, ref RowWriter writer, ref RowFault fault)
    {
        if (value.Kind == DateTimeKind.Unspecified)
        {
            fault = new RowFault(RowFault.TypeMismatch, Detail: "a DateTime of kind Unspecified was given, which is no moment");
            return false;
        }

        writer.WriteTicks(value.ToUniversalTime().Ticks);
        return true;
    }

    public override DateTime Read(ValueView value) => new(value.GetTicks(), DateTimeKind.Utc);
}
