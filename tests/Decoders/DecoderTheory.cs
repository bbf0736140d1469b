using CsCheck;

namespace Helios.Pipeline.Decoders.Tests;

/// <summary>What must hold for every decoder, whichever it is: the catalogue's, and the planted bad ones.</summary>
/// <remarks>CsCheck makes the inputs; a failure prints its seed, and CsCheck_Seed repeats it.</remarks>
internal sealed class DecoderTheory(IDecoderUnderTest decoder, Watchdog watchdog)
{
    /// <summary>Inputs that are looked at bit by bit.</summary>
    private const int FlippedSamples = 6;

    /// <summary>Beyond this many bits a seeded choice of them is flipped: a header of 4 KiB is mostly zeros.</summary>
    private const int MaxFlips = 4096;

    /// <summary>Inputs before allocation is measured: what is made once, and what pools keep, is there then.</summary>
    private const int WarmUps = 100;

    /// <summary>decode(encode(x)) = x, and where it is canonical encode(decode(b)) = b.</summary>
    public void Every_value_comes_back(long iterations) => Run(decoder.Values, iterations, value =>
    {
        var bytes = decoder.Encode(value);
        if (CheckNow(bytes) is not { } decoded || !decoder.Same(value, decoded))
            throw new DecoderFailure(BrokenRule.RoundTrip, $"{decoder.Name}: a value does not come back from {DecoderRules.Hex(bytes)}.");
    });

    /// <summary>One flipped bit, or a cut anywhere: an answer that is published, and with a checksum a refusal.</summary>
    public void Damage_is_an_answer() => Run(Gen.Select(decoder.Values, Gen.UInt), FlippedSamples, sample =>
    {
        var (value, salt) = sample;
        var bytes = decoder.Encode(value);
        var step = Math.Max(1, bytes.Length * 8 / MaxFlips);
        for (var bit = (int)(salt % (uint)step); bit < bytes.Length * 8; bit += step)
        {
            var flipped = bytes.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            CheckDamage(value, flipped, $"bit {bit} flipped");
        }

        for (var length = 0; length < bytes.Length; length += Math.Max(1, step / 8))
            CheckDamage(value, bytes[..length], $"cut at byte {length} of {bytes.Length}");
    });

    /// <summary>Structured changes, with checksums made right again every other time.</summary>
    public void Mutations_are_answered(long iterations) => Run(
        Gen.Select(decoder.Values, decoder.Values, Mutation.Some, Gen.Bool).Select((value, other, mutations, repair) =>
        {
            var bytes = Mutation.Apply(decoder.Encode(value), decoder.Encode(other), mutations);
            if (repair)
                decoder.Repair(bytes);
            return bytes;
        }),
        iterations,
        bytes => CheckNow(bytes));

    public void Random_bytes_are_answered(long iterations) => Run(Gens.Bytes(200), iterations, bytes => CheckNow(bytes));

    public void Costly_inputs_stay_in_bounds() => watchdog.Run(decoder.Name, () =>
    {
        WarmUp();
        foreach (var bytes in decoder.CostlyInputs)
        {
            CheckNow(bytes);
        }
    });

    /// <summary>One input alone.</summary>
    public void Check(byte[] bytes) => watchdog.Run(decoder.Name, () => CheckNow(bytes));

    private void CheckDamage(object original, byte[] bytes, string what)
    {
        if (CheckNow(bytes) is { } decoded && !decoder.MayFollowFromDamage(original, decoded))
            throw new DecoderFailure(BrokenRule.DamageIsNoticed, $"{decoder.Name}: {what}, and taken: {DecoderRules.Hex(bytes)}.");
    }

    private object? CheckNow(byte[] bytes)
    {
        watchdog.Now(bytes);
        return DecoderRules.Check(decoder, bytes);
    }

    private void Run<T>(Gen<T> inputs, long iterations, Action<T> check) => watchdog.Run(decoder.Name, () =>
    {
        WarmUp();

        // One thread: allocation is measured on it.
        inputs.Sample(check, iter: iterations, threads: 1, print: input => input is byte[] bytes ? DecoderRules.Hex(bytes) : $"{input}");
    });

    /// <summary>Nothing is judged yet.</summary>
    private void WarmUp() => Gen.Select(decoder.Values, decoder.Values, Mutation.Some).Sample(
        (value, other, mutations) =>
        {
            var bytes = Mutation.Apply(decoder.Encode(value), decoder.Encode(other), mutations);
            decoder.Repair(bytes);
            DecoderRules.TryWalk(decoder, bytes);
        },
        iter: WarmUps,
        threads: 1);
}
