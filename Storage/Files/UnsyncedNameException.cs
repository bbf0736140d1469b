namespace Helios.Pipeline.Storage;

/// <summary>A file stands in the place of another, whole; only that a power loss could still bring the other one back.</summary>
internal sealed class UnsyncedNameException : IOException
{
    public UnsyncedNameException(IOException cause)
        : base(cause.Message, cause) => HResult = cause.HResult;
}
