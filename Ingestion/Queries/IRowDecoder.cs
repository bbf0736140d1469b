namespace Helios.Pipeline.Ingestion;

/// <summary>Makes results of encoded rows. One thread at a time.</summary>
internal interface IRowDecoder<out TResult>
{
    /// <exception cref="Storage.HeliosException">Invalid <c>out_of_range</c>: a value does not fit its property. Corrupt: the bytes are no row.</exception>
    TResult Read(ReadOnlySpan<byte> row);
}

/// <summary>Gives decoders out, one for each thread that reads. Any thread.</summary>
internal interface IRowDecoding<TResult>
{
    IRowDecoder<TResult> Rent();

    void Return(IRowDecoder<TResult> decoder);
}
