using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Storage.Tests.Wal;

/// <summary>A log on a file system of the test's choice, with payloads that say which LSN they belong to.</summary>
internal sealed class WalFixture : IDisposable
{
    public const string Directory = "/db/log";
    public static readonly Guid Database = new("0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9");

    /// <summary>Small segments, so that tests roll.</summary>
    public static readonly WalOptions Small = new() { SegmentBytes = [32 << 10], LsnSkip = 1000 };

    public WalFixture(IStorageFiles files, WalOptions? options = null, bool isNew = true, WalExpectation expectation = default, FrameCipher? cipher = null)
    {
        Files = files;
        Options = options ?? Small;
        Recovered = WalRecovery.Open(files, Directory, Database, Options, expectation with { IsNew = isNew });
        Writer = new WalWriter(files, Directory, Database, Options, Recovered, cipher);
    }

    public IStorageFiles Files { get; }

    public WalOptions Options { get; }

    public WalRecovered Recovered { get; }

    public WalWriter Writer { get; }

    /// <summary>A frame with room for its header and a payload made from the LSN.</summary>
    public static byte[] Frame(Lsn first, int payloadBytes = 100)
    {
        var frame = new byte[WalFrame.HeaderSize + payloadBytes];
        Payload(first, payloadBytes).CopyTo(frame.AsSpan(WalFrame.HeaderSize));
        return frame;
    }

    public static byte[] Payload(Lsn first, int bytes)
    {
        var payload = new byte[bytes];
        new Random((int)first.Value).NextBytes(payload);
        return payload;
    }

    public Lsn Append(int payloadBytes = 100, int commits = 1)
    {
        var first = Writer.Next;
        Writer.Append(Frame(first, payloadBytes), first, commits, commitTime: 638_000_000_000_000_000 + (long)first.Value);
        return first;
    }

    /// <summary>Reads all frames up to the head and checks their payloads.</summary>
    public static List<Lsn> ReadBack(IStorageFiles files, Lsn upTo, Lsn from = default, FrameCipher? cipher = null)
    {
        using var reader = new WalReader(files, Directory, Database, from, cipher);
        var found = new List<Lsn>();
        while (reader.TryRead(upTo, out var frame))
        {
            Assert.True(frame.Payload.SequenceEqual(Payload(frame.First, frame.Payload.Length)), $"the payload of LSN {frame.First} has changed");
            found.Add(frame.First);
        }

        return found;
    }

    public static HeliosException FailsWith(string code, Action act)
    {
        var error = Assert.Throws<HeliosException>(act);
        Assert.Equal(code, error.Code);
        return error;
    }

    public void Dispose() => Writer.Dispose();
}
