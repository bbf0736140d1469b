using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>Keeps producers' commits in the store: a key for each, deleted when the log says that it is forgotten. Reads nothing.</summary>
internal static class ProducerWriter
{
    public static void Add(StoreBatch batch, ProducerView producer, Lsn lsn)
    {
        Span<byte> key = stackalloc byte[KeySpace.ProducerKeySize];
        for (var i = 0; i < producer.Forgotten; i++)
            batch.DeleteMeta(key[..KeyWriter.Producer(key, producer.Commit.Producer, producer.ForgottenAt(i), batch.Keys?.IndexHash)]);
        using var value = new ByteBuffer(producer.StoredSize);
        producer.WriteStored(value.GetSpan(producer.StoredSize), lsn);
        value.Advance(producer.StoredSize);
        KeyWriter.Producer(key, producer.Commit.Producer, producer.Commit.Sequence, batch.Keys?.IndexHash);
        batch.PutMeta(key, value.Written);
    }

    /// <summary>A few keys are deleted one by one: a deletion of a range costs every reader of the family something until it is compacted.</summary>
    public static void Forget(StoreBatch batch, ForgetProducerView producer)
    {
        Span<byte> key = stackalloc byte[KeySpace.ProducerKeySize];
        for (var i = 0; i < producer.Sequences; i++)
            batch.DeleteMeta(key[..KeyWriter.Producer(key, producer.Producer, producer.SequenceAt(i), batch.Keys?.IndexHash)]);
        if (producer.Sequences > 0)
            return;
        Span<byte> end = stackalloc byte[KeySpace.ProducerPrefixSize + 1];
        var from = key[..KeyWriter.ProducerPrefix(key, producer.Producer, batch.Keys?.IndexHash)];
        from.CopyTo(end);
        end[^1] = 0xFF; // sequences are never negative: none begins with it
        batch.DeleteMetaRange(from, end);
    }
}
