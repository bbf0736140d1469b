using System.Buffers;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// Contents of the rows that were changed last, by their exact version: whoever changes one of them again need not wait until it
/// can be read. What is not here is read ahead again, so forgetting costs time and nothing else.
/// </summary>
/// <remarks>Owned by Constrain. Bounded in bytes; the oldest go first.</remarks>
internal sealed class RowImages(long maxBytes = RowImages.DefaultBytes)
{
    public const long DefaultBytes = 8 << 20;

    /// <summary>What an entry costs beside its bytes.</summary>
    private const int EntryOverhead = 96;

    private readonly Dictionary<(uint Table, ulong Row), Image> _images = [];
    private readonly Queue<(uint Table, ulong Row, Lsn Lsn, int Cost)> _order = new();
    private long _bytes;

    public long Bytes => _bytes;

    public void Put(TableId table, RowId row, Lsn lsn, ReadOnlySpan<byte> content)
    {
        var cost = content.Length + EntryOverhead;
        if (cost > maxBytes / 4)
            return; // one long row must not drive all the others out
        var bytes = ArrayPool<byte>.Shared.Rent(content.Length);
        content.CopyTo(bytes);
        if (_images.Remove((table.Value, row.Value), out var older))
            ArrayPool<byte>.Shared.Return(older.Bytes);
        _images[(table.Value, row.Value)] = new Image(lsn, bytes, content.Length);
        _order.Enqueue((table.Value, row.Value, lsn, cost));
        _bytes += cost;
        while (_bytes > maxBytes)
            Forget();
    }

    /// <summary>The content of exactly this version. Valid until the next <see cref="Put"/>.</summary>
    public bool TryGet(TableId table, RowId row, Lsn lsn, out ReadOnlySpan<byte> content)
    {
        var found = _images.TryGetValue((table.Value, row.Value), out var image) && image.Lsn == lsn;
        content = found ? image.Bytes.AsSpan(0, image.Length) : default;
        return found;
    }

    public void Clear()
    {
        foreach (var image in _images.Values)
            ArrayPool<byte>.Shared.Return(image.Bytes);
        _images.Clear();
        _order.Clear();
        _bytes = 0;
    }

    /// <summary>A row that was changed again has several places in the queue: only the last one is its own.</summary>
    private void Forget()
    {
        var (table, row, lsn, cost) = _order.Dequeue();
        _bytes -= cost;
        if (!_images.TryGetValue((table, row), out var image) || image.Lsn != lsn)
            return;
        ArrayPool<byte>.Shared.Return(image.Bytes);
        _images.Remove((table, row));
    }

    private readonly record struct Image(Lsn Lsn, byte[] Bytes, int Length);
}
