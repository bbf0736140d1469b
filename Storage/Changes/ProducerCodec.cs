using System.Buffers.Binary;

namespace Helios.Pipeline.Storage;

/// <summary>What is remembered of a producer's commit, besides its LSN.</summary>
/// <param name="Producer">Who sent it.</param>
/// <param name="Sequence">Its number, 0 or more.</param>
/// <param name="Content">Hash of what it was to write, see <see cref="ContentHash"/>.</param>
/// <param name="Rows">Rows that it changed.</param>
/// <param name="Rejected">Rows that it left out.</param>
internal readonly record struct ProducerCommit(ProducerId Producer, long Sequence, ulong Content, int Rows, int Rejected);

/// <summary>
/// Body of a Producer operation; its first part is kept in the store; little-endian.
/// <code>
/// offset size field                                  value in the store
///      0   16 producer                                 offset size field
///     16    8 sequence, 0 or more                           0    1 format, 1
///     24    8 floor: of sequences up to here, those         1   52 bytes 0..51 of the operation
///             that are not remembered are unknown;         53    n rows left out
///             -1 = none                                     …    8 LSN
///     32    8 XxHash3 of the content
///     40    4 rows changed
///     44    4 rows left out
///     48    4 length of the list of these
///     52    n rows left out, as many as fit, see RejectionCodec
///      …    8 each, to the end: sequences of the producer that are forgotten with this commit
/// </code>
/// </summary>
internal readonly ref struct ProducerView
{
    private const byte StoreFormat = 1;

    private readonly ReadOnlySpan<byte> _remembered;
    private readonly ReadOnlySpan<byte> _forgotten;

    /// <exception cref="HeliosException">"corrupt": the body of a Producer operation is damaged.</exception>
    public ProducerView(ReadOnlySpan<byte> body)
    {
        if (body.Length < ChangeFormat.ProducerHeaderSize)
            throw ChangeFormat.Damaged("a Producer is shorter than its header");
        Commit = new ProducerCommit(
            ProducerId.Read(body),
            BinaryPrimitives.ReadInt64LittleEndian(body[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(body[32..]),
            BinaryPrimitives.ReadInt32LittleEndian(body[40..]),
            BinaryPrimitives.ReadInt32LittleEndian(body[44..]));
        Floor = BinaryPrimitives.ReadInt64LittleEndian(body[24..]);
        if (Commit.Sequence < 0 || Floor < -1 || Commit.Rows < 0 || Commit.Rejected < 0)
            throw ChangeFormat.Damaged($"a Producer says sequence {Commit.Sequence}, floor {Floor}, {Commit.Rows} rows and {Commit.Rejected} left out");
        var listed = BinaryPrimitives.ReadUInt32LittleEndian(body[48..]);
        var rest = body[ChangeFormat.ProducerHeaderSize..];
        if (listed > (uint)rest.Length || (rest.Length - (int)listed) % sizeof(long) != 0)
            throw ChangeFormat.Damaged($"a Producer says {listed} bytes of rows left out where {rest.Length} are left");
        _remembered = body[..(ChangeFormat.ProducerHeaderSize + (int)listed)];
        _forgotten = rest[(int)listed..];
    }

    public ProducerCommit Commit { get; }

    /// <summary>Of the producer's sequences up to here, those that are not remembered are unknown.</summary>
    public long Floor { get; }

    /// <summary>The rows left out that are listed, as RejectionCodec writes them.</summary>
    public ReadOnlySpan<byte> Listed => _remembered[ChangeFormat.ProducerHeaderSize..];

    /// <summary>Sequences that are forgotten with the commit.</summary>
    public int Forgotten => _forgotten.Length / sizeof(long);

    /// <summary>Length of the value in the store.</summary>
    public int StoredSize => 1 + _remembered.Length + sizeof(ulong);

    public long ForgottenAt(int index) => BinaryPrimitives.ReadInt64LittleEndian(_forgotten[(index * sizeof(long))..]);

    /// <summary>Writes the value in the store, <see cref="StoredSize"/> bytes.</summary>
    public void WriteStored(Span<byte> value, Lsn lsn)
    {
        value[0] = StoreFormat;
        _remembered.CopyTo(value[1..]);
        BinaryPrimitives.WriteUInt64LittleEndian(value[(1 + _remembered.Length)..], lsn.Value);
    }

    /// <exception cref="HeliosException">"corrupt", or "format_too_new" where a later version wrote it.</exception>
    public static ProducerView ReadStored(ReadOnlySpan<byte> value, out Lsn lsn)
    {
        StoreErrors.CheckFormat("commit of a producer", value, StoreFormat, Math.Max(value.Length, 1 + ChangeFormat.ProducerHeaderSize + sizeof(ulong)));
        var view = new ProducerView(value[1..^sizeof(ulong)]);
        if (view.Forgotten != 0)
            throw StoreErrors.Corrupt("The store's commit of a producer is damaged: bytes follow its rows left out.");
        lsn = new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(value[^sizeof(ulong)..]));
        return view;
    }
}

/// <summary>Reads the body of a ForgetProducer.</summary>
internal readonly ref struct ForgetProducerView
{
    private readonly ReadOnlySpan<byte> _sequences;

    public ForgetProducerView(ReadOnlySpan<byte> body)
    {
        if (body.Length < ProducerId.Size || (body.Length - ProducerId.Size) % sizeof(long) != 0)
            throw ChangeFormat.Damaged($"a ForgetProducer has {body.Length} bytes");
        Producer = ProducerId.Read(body);
        _sequences = body[ProducerId.Size..];
    }

    public ProducerId Producer { get; }

    /// <summary>The producer's remembered sequences; 0 where they are too many to be listed.</summary>
    public int Sequences => _sequences.Length / sizeof(long);

    public long SequenceAt(int index) => BinaryPrimitives.ReadInt64LittleEndian(_sequences[(index * sizeof(long))..]);
}

/// <summary>Appends the operations that remember and forget producers' commits.</summary>
internal static class ProducerOperations
{
    public static void Append(ChangeSetBuilder changes, in ProducerCommit commit, long floor, ReadOnlySpan<byte> listed, ReadOnlySpan<long> forgotten)
    {
        changes.Begin(OperationKind.Producer);
        var body = changes.Buffer.GetSpan(ChangeFormat.ProducerHeaderSize);
        commit.Producer.Write(body);
        BinaryPrimitives.WriteInt64LittleEndian(body[16..], commit.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(body[24..], floor);
        BinaryPrimitives.WriteUInt64LittleEndian(body[32..], commit.Content);
        BinaryPrimitives.WriteInt32LittleEndian(body[40..], commit.Rows);
        BinaryPrimitives.WriteInt32LittleEndian(body[44..], commit.Rejected);
        BinaryPrimitives.WriteUInt32LittleEndian(body[48..], (uint)listed.Length);
        changes.Buffer.Advance(ChangeFormat.ProducerHeaderSize);
        changes.Buffer.Append(listed);
        AppendSequences(changes, forgotten);
        changes.End();
    }

    public static void AppendForget(ChangeSetBuilder changes, ProducerId producer, ReadOnlySpan<long> sequences)
    {
        changes.Begin(OperationKind.ForgetProducer);
        producer.Write(changes.Buffer.GetSpan(ProducerId.Size));
        changes.Buffer.Advance(ProducerId.Size);
        AppendSequences(changes, sequences);
        changes.End();
    }

    private static void AppendSequences(ChangeSetBuilder changes, ReadOnlySpan<long> sequences)
    {
        foreach (var sequence in sequences)
        {
            BinaryPrimitives.WriteInt64LittleEndian(changes.Buffer.GetSpan(sizeof(long)), sequence);
            changes.Buffer.Advance(sizeof(long));
        }
    }
}
