using System.Buffers.Binary;
using System.Text;

namespace Helios.Pipeline.Load;

/// <summary>
/// The rows of every workload, made before the clock starts, the same for each candidate: id ascending from 1, ts,
/// one of 10,000 devices of 8 to 16 characters, value, 100 random bytes.
/// </summary>
/// <remarks>Any thread. An index past the rows made wraps around: only the id is new.</remarks>
internal sealed class BulkRows
{
    public const int PayloadSize = 100;
    public const int KeySize = 8;
    public const int MaxValueSize = 8 + 1 + MaxDevice + 8 + PayloadSize;

    private const int Devices = 10_000;
    private const int MinDevice = 8;
    private const int MaxDevice = 16;
    private const ulong Seed = 0x4845_4C49_4F53;

    /// <summary>2025-01-01T00:00Z in microseconds.</summary>
    private const long FirstTimestamp = 1_735_689_600_000_000;

    /// <summary>Microseconds from one row to the next, and up to 255 more.</summary>
    private const long Spacing = 1_000;

    private readonly Lazy<LoadRow[]> _objects;
    private readonly Row[] _rows;
    private readonly byte[] _payloads;
    private readonly string[] _devices = new string[Devices];
    private readonly byte[][] _deviceBytes = new byte[Devices][];

    public BulkRows(int count)
    {
        _objects = new Lazy<LoadRow[]>(() => [.. Enumerable.Range(0, count).Select(i => Make(i))]);
        var random = Seed;
        for (var i = 0; i < Devices; i++)
        {
            var length = MinDevice + (i % (MaxDevice - MinDevice + 1));
            _devices[i] = $"dev{i:D5}{Next(ref random):x16}"[..length];
            _deviceBytes[i] = Encoding.UTF8.GetBytes(_devices[i]);
        }

        _rows = new Row[count];
        _payloads = new byte[(long)count * PayloadSize];
        for (var i = 0; i < count; i++)
        {
            var bits = Next(ref random);
            _rows[i] = new Row(FirstPossible(i) + (long)(bits & 0xFF), (int)((bits >> 8) % Devices), (bits >> 11) * (1.0 / (1UL << 53)));
            var payload = _payloads.AsSpan(i * PayloadSize, PayloadSize);
            for (var at = 0; at < PayloadSize; at += sizeof(uint))
                BinaryPrimitives.WriteUInt32LittleEndian(payload[at..], (uint)(Next(ref random) >> 32));
        }
    }

    /// <summary>The rows as objects, made when they are asked for first.</summary>
    public LoadRow[] Objects => _objects.Value;

    /// <summary>A row as an object; a new one past the rows made.</summary>
    public LoadRow Object(long index) => index < Objects.Length ? Objects[index] : Make(index);

    /// <summary>A row as a new object.</summary>
    public LoadRow Make(long index) => new(Id(index), Timestamp(index), Device(index), Value(index), Payload(index));

    public static long Id(long index) => index + 1;

    /// <summary>A time that no row before has reached and that the row has.</summary>
    public static long FirstPossible(long index) => FirstTimestamp + (index * Spacing);

    public long Timestamp(long index) => _rows[At(index)].Timestamp;

    public string Device(long index) => _devices[_rows[At(index)].Device];

    public double Value(long index) => _rows[At(index)].Value;

    public ReadOnlyMemory<byte> Payload(long index) => _payloads.AsMemory(At(index) * PayloadSize, PayloadSize);

    /// <summary>The row as key-value stores keep it: 8 bytes of key so that byte order is the order of ids.</summary>
    public static void WriteKey(long index, Span<byte> key) => BinaryPrimitives.WriteInt64BigEndian(key, Id(index));

    /// <summary>The rest of the row by position, 125 to 133 bytes: ts, length of the device, device, value, payload.</summary>
    public int WriteValue(long index, Span<byte> into)
    {
        var at = At(index);
        ref readonly var row = ref _rows[at];
        var device = _deviceBytes[row.Device];
        BinaryPrimitives.WriteInt64LittleEndian(into, row.Timestamp);
        into[8] = (byte)device.Length;
        device.CopyTo(into[9..]);
        var end = 9 + device.Length;
        BinaryPrimitives.WriteDoubleLittleEndian(into[end..], row.Value);
        end += sizeof(double);
        _payloads.AsSpan(at * PayloadSize, PayloadSize).CopyTo(into[end..]);
        return end + PayloadSize;
    }

    private int At(long index) => (int)(index < _rows.Length ? index : index % _rows.Length);

    // SplitMix64: the same rows on every machine and runtime.
    private static ulong Next(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private readonly record struct Row(long Timestamp, int Device, double Value);
}
