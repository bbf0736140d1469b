using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Decoders;

/// <summary>Which promise a decoder broke.</summary>
internal enum BrokenRule
{
    OnlyPublishedExceptions,
    BoundedAllocation,
    Canonical,
    RoundTrip,
    DamageIsNoticed,
    Ends,
}

/// <summary>A decoder broke a promise.</summary>
internal sealed class DecoderFailure(BrokenRule rule, string message, Exception? cause = null) : Exception($"{rule}: {message}", cause)
{
    public BrokenRule Rule { get; } = rule;
}

/// <summary>What must hold for any bytes whatever; the tests and the fuzzer ask here.</summary>
internal static class DecoderRules
{
    /// <summary>Decodes bytes that nobody vouches for.</summary>
    /// <returns>The value, or null where they were refused.</returns>
    /// <exception cref="DecoderFailure">A promise is broken.</exception>
    public static object? Check(IDecoderUnderTest decoder, byte[] bytes)
    {
        var value = Decode(decoder, bytes);
        CheckAllocation(decoder, bytes);
        if (value is null)
            return null;

        var again = decoder.Encode(value);
        if (decoder.IsCanonical && !again.AsSpan().SequenceEqual(bytes))
            throw new DecoderFailure(BrokenRule.Canonical, $"{decoder.Name} takes {Hex(bytes)}, but the value's encoding is {Hex(again)}.");
        if (!decoder.IsCanonical && (Decode(decoder, again) is not { } second || !decoder.Same(value, second)))
            throw new DecoderFailure(BrokenRule.RoundTrip, $"{decoder.Name} takes {Hex(bytes)}; encoded as {Hex(again)} the value is another one.");
        return value;
    }

    /// <summary>The value, or null where the bytes were refused in a way that is published.</summary>
    public static object? Decode(IDecoderUnderTest decoder, byte[] bytes)
    {
        try
        {
            return decoder.TryDecode(bytes, out var value) ? value : null;
        }
        catch (HeliosException error) when (decoder.Codes.Contains(error.Code))
        {
            return null;
        }
        catch (Exception error) when (error is not DecoderFailure)
        {
            throw Escaped(decoder, bytes, error);
        }
    }

    /// <summary>Reads and judges nothing: false where any exception came out.</summary>
    public static bool TryWalk(IDecoderUnderTest decoder, byte[] bytes)
    {
        try
        {
            return Walk(decoder, bytes);
        }
        catch (DecoderFailure)
        {
            return false;
        }
    }

    public static string Hex(byte[] bytes) => bytes.Length <= 2048 ? Convert.ToHexString(bytes) : $"{Convert.ToHexString(bytes.AsSpan(0, 2048))}... ({bytes.Length} bytes)";

    private static void CheckAllocation(IDecoderUnderTest decoder, byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Walk(decoder, bytes);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var most = decoder.FixedAllocation + ((long)decoder.AllocationPerByte * bytes.Length);
        if (allocated > most)
            throw new DecoderFailure(BrokenRule.BoundedAllocation, $"{decoder.Name} allocates {allocated} bytes for {bytes.Length}, more than {most}: {Hex(bytes)}.");
    }

    /// <summary>A refusal is an answer too; what it costs counts.</summary>
    private static bool Walk(IDecoderUnderTest decoder, byte[] bytes)
    {
        try
        {
            decoder.Walk(bytes);
            return true;
        }
        catch (HeliosException error) when (decoder.Codes.Contains(error.Code))
        {
            return false;
        }
        catch (Exception error) when (error is not DecoderFailure)
        {
            throw Escaped(decoder, bytes, error);
        }
    }

    private static DecoderFailure Escaped(IDecoderUnderTest decoder, byte[] bytes, Exception error) =>
        new(BrokenRule.OnlyPublishedExceptions, $"{decoder.Name} lets {error.GetType().Name} out ({error.Message}): {Hex(bytes)}.", error);
}
