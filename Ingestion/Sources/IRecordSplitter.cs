namespace Helios.Pipeline.Ingestion;

/// <summary>Finds where the records of one format end. Keeps how far it has looked; one input, one thread.</summary>
internal interface IRecordSplitter
{
    /// <summary>Finds the end of the record that begins at <paramref name="bytes"/>[0].</summary>
    /// <param name="bytes">What has been read from there; a call after 0 sees the same bytes and more.</param>
    /// <param name="isLast">No more bytes will come.</param>
    /// <returns>
    /// The record's length, its line ending included; 0 where more bytes are needed, or, at the end of the input,
    /// where nothing is left or the record is not closed.
    /// </returns>
    int FindEnd(ReadOnlySpan<byte> bytes, bool isLast);

    /// <summary>Gives up the record of the last <see cref="FindEnd"/>: the next begins <paramref name="lineBytes"/> further on.</summary>
    void DropLine(int lineBytes);

    /// <summary>Forgets everything: the next record may begin anywhere.</summary>
    void Reset();
}
