
namespace Helios.Pipeline.Storage;

/// <summary>The least or the greatest value so far. One owner, one thread; allocates nothing after it was made.</summary>
/// <param name="isGreatest">Which one.</param>
internal sealed class ExtremeValue(bool isGreatest)
{
    private readonly byte[] _component = new byte[KeptValue.MostBytes];
    private int _length; // 0 = none yet
    private bool _isClipped;
    private ulong _code;

    public static int Bytes => KeptValue.MostBytes;

    public KeptValue? Value => _length == 0 ? null : new KeptValue([.. _component.AsSpan(0, _length)], _isClipped);

    /// <summary>May a value of this code take its place? False for nearly all of them, which spares making their components.</summary>
    /// <param name="code">See <see cref="ZoneCode"/>.</param>
    /// <param name="isExact">Are values with one code equal?</param>
    public bool MayYieldTo(ulong code, bool isExact)
    {
        if (_length == 0)
            return true;
        return code == _code ? !isExact : code > _code == isGreatest;
    }

    /// <summary>Takes a value where it is less, or greater.</summary>
    public void Offer(ulong code, ReadOnlySpan<byte> component, bool isClipped)
    {
        if (_length > 0)
        {
            var order = KeptValue.Compare(component, isClipped, _component.AsSpan(0, _length), _isClipped);
            if (isGreatest ? order <= 0 : order >= 0)
                return;
        }

        component.CopyTo(_component);
        (_length, _isClipped, _code) = (component.Length, isClipped, code);
    }

    public void Merge(ExtremeValue other)
    {
        if (other._length > 0)
            Offer(other._code, other._component.AsSpan(0, other._length), other._isClipped);
    }
}
