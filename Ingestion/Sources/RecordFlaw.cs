namespace Helios.Pipeline.Ingestion;

/// <summary>What cutting found wrong with a record; such a record is rejected without looking at its fields.</summary>
internal enum RecordFlaw : byte
{
    /// <summary>Nothing so far.</summary>
    None,

    /// <summary>More bytes than a record may have.</summary>
    TooLong,

    /// <summary>A quoted field that the input never closes.</summary>
    UnclosedQuote,

    /// <summary>Bytes that are no UTF-8.</summary>
    InvalidUtf8,
}

/// <summary>The faults that flaws are reported as.</summary>
internal static class RecordFlaws
{
    /// <summary>What a reject says of a flawed record; null for a record without a flaw.</summary>
    public static RecordFault? Fault(this RecordFlaw flaw, BatchLimits limits) => flaw switch
    {
        RecordFlaw.None => null,
        RecordFlaw.TooLong => new RecordFault(RecordCodes.TooLong, null,
            $"The record has more than {limits.MaxRecordBytes} bytes, perhaps because a quote is not closed; reading went on at the next line."),
        RecordFlaw.UnclosedQuote => new RecordFault(RecordCodes.UnclosedQuote, null,
            "A quote that opens in this line is not closed before the end of the input; reading went on at the next line."),
        _ => new RecordFault(RecordCodes.InvalidUtf8, null, "The record's bytes are no UTF-8."),
    };
}
