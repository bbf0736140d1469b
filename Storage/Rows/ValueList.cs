namespace Helios.Pipeline.Storage;

/// <summary>Values that follow one another: the columns of a row or the elements of an array. Walked once per enumerator.</summary>
/// <remarks>Damaged bytes end the walk with <see cref="HeliosException"/> (Corrupt, <c>corrupt</c>).</remarks>
internal readonly ref struct ValueList(ReadOnlySpan<byte> bytes, int count)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Count { get; } = count;

    public Enumerator GetEnumerator() => new(_bytes, Count);

    internal ref struct Enumerator(ReadOnlySpan<byte> bytes, int count)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _left = count;
        private int _at;
        private int _next;

        public readonly ValueView Current => new(_bytes[_at.._next]);

        public bool MoveNext()
        {
            if (_left == 0)
                return false;
            _left--;
            _at = _next;
            return MessagePackSpan.TrySkip(_bytes, ref _next) ? true : throw ValueView.Damaged("value");
        }
    }
}
