using CsCheck;

namespace Helios.Pipeline.Decoders;

/// <summary>Base of the catalogue's classes. What is not overridden is the strictest choice.</summary>
internal abstract class DecoderUnderTest<T> : IDecoderUnderTest
    where T : notnull
{
    /// <summary>64 KiB: room for exceptions and their messages.</summary>
    protected const int DefaultFixedAllocation = 64 << 10;

    public abstract string Name { get; }

    public abstract IReadOnlyList<Type> Codecs { get; }

    public virtual bool IsCanonical => true;

    public virtual IReadOnlyList<string> Codes => ["corrupt"];

    public virtual int AllocationPerByte => 16;

    public virtual int FixedAllocation => DefaultFixedAllocation;

    public virtual IEnumerable<byte[]> CostlyInputs => [];

    Gen<object> IDecoderUnderTest.Values => Values.Select(value => (object)value);

    protected abstract Gen<T> Values { get; }

    public virtual void Walk(byte[] bytes) => TryDecode(bytes, out _);

    public virtual void Repair(byte[] bytes)
    {
        // No checksum, nothing to repair.
    }

    byte[] IDecoderUnderTest.Encode(object value) => Encode((T)value);

    bool IDecoderUnderTest.TryDecode(byte[] bytes, out object? value)
    {
        var isTaken = TryDecode(bytes, out var decoded);
        value = isTaken ? decoded : null;
        return isTaken;
    }

    bool IDecoderUnderTest.Same(object one, object other) => Same((T)one, (T)other);

    bool IDecoderUnderTest.MayFollowFromDamage(object original, object decoded) => MayFollowFromDamage((T)original, (T)decoded);

    protected abstract byte[] Encode(T value);

    protected abstract bool TryDecode(byte[] bytes, out T value);

    /// <summary>Equality of <typeparamref name="T"/>; override it where that does not look inside.</summary>
    protected virtual bool Same(T one, T other) => EqualityComparer<T>.Default.Equals(one, other);

    /// <summary>Without a checksum any value may; with one, override this: nothing may, or a part of the original.</summary>
    protected virtual bool MayFollowFromDamage(T original, T decoded) => true;
}
