namespace Helios.Pipeline.Load;

/// <summary>A store that is read. Loaded by one process, read by others. Every member throws where the store fails.</summary>
/// <remarks>Points, ranges and predicates return whole rows, as a program gets them; a scan decodes two columns. One thread.</remarks>
internal abstract class ReadCandidate
{
    /// <summary>Writes all rows in order into an empty directory, brings them into the shape in which they are read best, and closes.</summary>
    public abstract Task LoadAsync(BulkRows rows, long count, string directory);

    public abstract Task OpenAsync(string directory);

    /// <summary>Looks each key up; a key that is not there throws.</summary>
    public abstract Task<Answer> PointsAsync(long[] keys);

    /// <summary>Reads up to so many rows from each key on, in key order.</summary>
    public abstract Task<Answer> RangesAsync(long[] starts, int length);

    /// <summary>Decodes the time and the value of every row.</summary>
    public abstract Task<Answer> ScanAsync();

    /// <summary>The rows whose time is at least the one and less than the other.</summary>
    public abstract Task<Answer> ClusteredAsync(long from, long to);

    /// <summary>The rows with a lower value.</summary>
    public abstract Task<Answer> ScatteredAsync(double below);

    public abstract Task<long> CountAsync();

    public abstract Task CloseAsync();
}
