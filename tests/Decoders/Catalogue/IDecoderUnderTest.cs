using CsCheck;

namespace Helios.Pipeline.Decoders;

/// <summary>One decoder of the engine, as the tests and the fuzzer see it. Derive from <see cref="DecoderUnderTest{T}"/>: the catalogue finds it by itself.</summary>
internal interface IDecoderUnderTest
{
    /// <summary>Lower case and hyphens; its corpus lies in the folder of that name.</summary>
    string Name { get; }

    /// <summary>The product's types that read the bytes. Every such type must be named by some decoder.</summary>
    IReadOnlyList<Type> Codecs { get; }

    /// <summary>One value has one encoding: what is taken is what encoding the value gives, byte for byte.</summary>
    bool IsCanonical { get; }

    /// <summary>Codes of <see cref="Storage.HeliosException"/> that may come out; no other exception ever may.</summary>
    IReadOnlyList<string> Codes { get; }

    /// <summary>Managed bytes that decoding may allocate for each byte of the input.</summary>
    int AllocationPerByte { get; }

    /// <summary>Managed bytes that decoding may allocate besides.</summary>
    int FixedAllocation { get; }

    /// <summary>Inputs of many KiB that are made to cost more memory than they have bytes: many small parts, lengths that lie.</summary>
    IEnumerable<byte[]> CostlyInputs { get; }

    /// <summary>Values that can be encoded.</summary>
    Gen<object> Values { get; }

    byte[] Encode(object value);

    /// <summary>False where the bytes are refused without an exception.</summary>
    bool TryDecode(byte[] bytes, out object? value);

    /// <summary>Reads everything that the bytes hold, as the engine does, and keeps nothing: what is allocated here is the product's.</summary>
    void Walk(byte[] bytes);

    /// <summary>Are the two values the same?</summary>
    bool Same(object one, object other);

    /// <summary>May <paramref name="decoded"/> come out of an encoding of <paramref name="original"/> with one flipped bit, or cut short?</summary>
    bool MayFollowFromDamage(object original, object decoded);

    /// <summary>Makes checksums right again in place, so that mutations get past them.</summary>
    void Repair(byte[] bytes);
}
