namespace Helios.Pipeline.Ingestion;

/// <summary>Every line is a record: newline-delimited JSON.</summary>
internal sealed class LineSplitter : IRecordSplitter
{
    private int _scanned;

    public int FindEnd(ReadOnlySpan<byte> bytes, bool isLast)
    {
        var next = bytes[_scanned..].IndexOf((byte)'\n');
        if (next < 0 && !isLast)
        {
            _scanned = bytes.Length;
            return 0;
        }

        var length = next < 0 ? bytes.Length : _scanned + next + 1;
        _scanned = 0;
        return length;
    }

    public void DropLine(int lineBytes) => _scanned = 0;

    public void Reset() => _scanned = 0;
}
