using CsCheck;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>A producer's commit as the store keeps it.</summary>
internal sealed record StoredProducer(ProducerCommit Commit, long Floor, byte[] Listed, Lsn Lsn);

internal sealed class ProducerCommitDecoder : DecoderUnderTest<StoredProducer>
{
    public static Gen<ProducerCommit> Commit { get; } =
        Gen.Select(Gens.Guid, Gen.Long[0, long.MaxValue], Gens.ULong, Gen.Int[0, int.MaxValue], Gen.Int[0, int.MaxValue])
            .Select((id, sequence, content, rows, rejected) => new ProducerCommit(new ProducerId(id), sequence, content, rows, rejected));

    public override string Name => "producer-commit";

    public override IReadOnlyList<Type> Codecs => [typeof(ProducerView)];

    public override IReadOnlyList<string> Codes => ["corrupt", "format_too_new"];

    protected override Gen<StoredProducer> Values { get; } =
        Gen.Select(Commit, Gen.Long[-1, long.MaxValue], Gens.Bytes(20), Gens.Lsn).Select((commit, floor, listed, lsn) => new StoredProducer(commit, floor, listed, lsn));

    protected override byte[] Encode(StoredProducer value)
    {
        using var changes = new ChangeSetBuilder();
        ProducerOperations.Append(changes, value.Commit, value.Floor, value.Listed, []);
        var view = new ProducerView(changes.LastOperationBody);
        var stored = new byte[view.StoredSize];
        view.WriteStored(stored, value.Lsn);
        return stored;
    }

    protected override bool TryDecode(byte[] bytes, out StoredProducer value)
    {
        var view = ProducerView.ReadStored(bytes, out var lsn);
        value = new StoredProducer(view.Commit, view.Floor, view.Listed.ToArray(), lsn);
        return true;
    }

    protected override bool Same(StoredProducer one, StoredProducer other) => Encode(one).AsSpan().SequenceEqual(Encode(other));
}

/// <summary>The rows that a producer's commit left out.</summary>
internal sealed class RejectionListDecoder : DecoderUnderTest<RowRejection[]>
{
    public override string Name => "rejection-list";

    public override IReadOnlyList<Type> Codecs => [typeof(RejectionCodec)];

    /// <summary>A row without any text has 20 bytes, and is an object with five fields in a list that doubles.</summary>
    public override int AllocationPerByte => 32;

    public override IEnumerable<byte[]> CostlyInputs => [Encode([.. Enumerable.Repeat(new RowRejection(0, "", null, null, ""), 1_000)])];

    protected override Gen<RowRejection[]> Values { get; } =
        Gen.Select(Gen.Int, Gens.Text(5), Gens.Text(5).Null(), Gens.Text(5).Null(), Gens.Text(20))
            .Select((row, code, column, constraint, message) => new RowRejection(row, code, column, constraint, message) { Table = constraint }).Array[0, 5];

    protected override byte[] Encode(RowRejection[] value)
    {
        using var bytes = new ByteBuffer();
        RejectionCodec.Write(value, bytes);
        return bytes.Written.ToArray();
    }

    protected override bool TryDecode(byte[] bytes, out RowRejection[] value)
    {
        value = [.. RejectionCodec.Read(bytes)];
        if (RejectionCodec.Check(bytes) != value.Length)
            throw new DecoderFailure(BrokenRule.RoundTrip, $"{value.Length} rows are read, and another number is counted.");
        return true;
    }

    public override void Walk(byte[] bytes) => RejectionCodec.Read(bytes);

    protected override bool Same(RowRejection[] one, RowRejection[] other) => one.SequenceEqual(other);
}
