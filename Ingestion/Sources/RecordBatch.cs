using System.Buffers;

namespace Helios.Pipeline.Ingestion;

/// <summary>Consecutive records of one input, with the memory they lie in.</summary>
/// <remarks>
/// Whoever got the batch disposes it when nothing reads its bytes any more. Several threads may read it. The records'
/// numbers are consecutive, because a flawed record has one too.
/// </remarks>
internal sealed class RecordBatch : IDisposable
{
    private readonly int _origin;
    private readonly long _firstOffset;
    private byte[] _buffer; // rented from SourceBuffers; this batch returns it
    private RecordSlice[] _slices; // rented from the shared pool; this batch returns it

    public RecordBatch(byte[] buffer, int origin, long firstOffset, RecordSlice[] slices, int count, long firstNumber, SourcePosition end)
    {
        _buffer = buffer;
        _origin = origin;
        _firstOffset = firstOffset;
        _slices = slices;
        Count = count;
        FirstNumber = firstNumber;
        End = end;
    }

    /// <summary>Records in the batch, 1 or more; 0 after <see cref="Dispose"/>.</summary>
    public int Count { get; private set; }

    /// <summary>Number of the first record; 1 is the first after the header.</summary>
    public long FirstNumber { get; }

    /// <summary>The position after the batch: what the commit of these records stores.</summary>
    public SourcePosition End { get; }

    /// <summary>The records in order; valid until the batch is disposed.</summary>
    public ReadOnlySpan<RecordSlice> Slices => _slices.AsSpan(0, Count);

    /// <summary>The bytes of record <paramref name="index"/> (from 0) without its line ending; valid until the batch is disposed.</summary>
    public ReadOnlySpan<byte> Bytes(int index)
    {
        var slice = Slices[index];
        return _buffer.AsSpan(_origin + slice.Start, slice.Length);
    }

    /// <summary>Number of record <paramref name="index"/> in the input.</summary>
    public long NumberOf(int index) => FirstNumber + index;

    /// <summary>Offset of the first byte of record <paramref name="index"/>, counted from the very start of the input.</summary>
    public long OffsetOf(int index) => _firstOffset + Slices[index].Start;

    public void Dispose()
    {
        if (Count == 0)
            return;
        Count = 0;
        SourceBuffers.Return(_buffer);
        ArrayPool<RecordSlice>.Shared.Return(_slices);
        (_buffer, _slices) = ([], []);
    }
}
