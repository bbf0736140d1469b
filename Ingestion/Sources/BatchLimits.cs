namespace Helios.Pipeline.Ingestion;

/// <summary>Bounds of a <see cref="RecordBatch"/> and of its records.</summary>
internal sealed record BatchLimits
{
    /// <summary>The limits of the tool.</summary>
    public static readonly BatchLimits Default = new();

    /// <summary>Records in a batch.</summary>
    /// <value>1 or more; the default is 4,096, the commits of one group.</value>
    public int MaxRecords { get; init; } = 4_096;

    /// <summary>Bytes of input in a batch, line endings included; a single larger record makes a batch of its own.</summary>
    /// <value>1 or more; the default is 1 MiB, the largest item that Validate takes.</value>
    public int MaxBytes { get; init; } = 1024 * 1024;

    /// <summary>Bytes of a record without its line ending.</summary>
    /// <value>1 or more; the default, 16 MiB, is the limit of a row.</value>
    public int MaxRecordBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes that are kept of a record which is too long or not closed.</summary>
    /// <value>1 or more; the default, 64 KiB, is what a reject shows.</value>
    public int MaxRawBytes { get; init; } = 64 * 1024;

    /// <summary>Bytes that one read asks for at most, and the size of an ordinary buffer.</summary>
    /// <value>1 or more; the default is 1 MiB.</value>
    public int ReadBytes { get; init; } = 1024 * 1024;

    /// <summary>Gives a batch as soon as the next record would need another read, for pipes where a read may wait.</summary>
    /// <value>The default is false: batches are full except the last.</value>
    public bool ReturnBeforeRead { get; init; }

    /// <summary>Throws where the values do not fit together.</summary>
    /// <exception cref="ArgumentException">A value is below 1, above 512 MiB, or an excerpt is larger than a record.</exception>
    public void Check()
    {
        const int Most = 1 << 29; // sizes are added up in 32 bits
        if (MaxRecords < 1 || MaxBytes is < 1 or > Most || MaxRecordBytes is < 1 or > Most || ReadBytes is < 1 or > Most
            || MaxRawBytes < 1 || MaxRawBytes > MaxRecordBytes)
            throw new ArgumentException($"These limits do not fit together: {this}.");
    }
}
