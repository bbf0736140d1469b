namespace Helios.Pipeline.Storage;

/// <summary>The live keys of a tree as of one LSN, from the last to the first, while the writer goes on. One thread at a time.</summary>
/// <remarks>
/// All that <see cref="ArtCursor"/> promises holds. A Seek method names the keys that the method of the same name names there; they come
/// in the opposite order. So every bound is one of these: none below is an empty <c>from</c>, none above is <see cref="Seek"/>; a
/// bound on the other side of a key (above it, or up to and including it) is that of the key and a byte 0, which is the next key there can be.
/// </remarks>
internal sealed unsafe class ArtDescendingCursor
{
    /// <summary>As in <see cref="ArtCursor"/>: leaves looked at before readers' memory is let go for a moment.</summary>
    private const int LeavesPerEpoch = 256;

    private readonly ArtTree _tree;
    private readonly Lsn _asOf;
    private readonly ArtDescendingPath _path;

    // The last key looked at, or before the first one the bound above: what comes next is below it.
    private byte[] _key = new byte[64];
    private int _keyLength;
    private byte[] _from = [];
    private int _fromLength;
    private bool _isBelowKey;
    private bool _isAtEnd = true;

    public ArtDescendingCursor(ArtTree tree, Lsn asOf)
    {
        _tree = tree;
        _asOf = asOf;
        _path = new ArtDescendingPath(tree);
    }

    /// <summary>The current key; valid until the next call.</summary>
    public ReadOnlySpan<byte> Key => new(_key, 0, _keyLength);

    /// <summary>Who holds the current key as of the LSN.</summary>
    public KeyVersion Version { get; private set; }

    /// <summary>Keys passed since the last Seek whose version as of the LSN has been trimmed away: the store's history must be asked.</summary>
    public long OlderSkipped { get; private set; }

    /// <summary>From the end down to a key, it included. An empty one is below all others.</summary>
    public void Seek(ReadOnlySpan<byte> from)
    {
        Start(from);
        _isBelowKey = false;
    }

    /// <summary>From the last key below <paramref name="to"/> down to another one, that included.</summary>
    public void SeekRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        Start(from);
        Copy(to, ref _key, ref _keyLength);
    }

    /// <summary>All keys that begin with some bytes, the bytes themselves included and last.</summary>
    public void SeekPrefix(ReadOnlySpan<byte> prefix)
    {
        Start(prefix);
        // The least key above all of them: without the bytes 255 at the end, and the last byte one higher.
        var above = prefix[..(prefix.LastIndexOfAnyExcept(byte.MaxValue) + 1)];
        Copy(above, ref _key, ref _keyLength);
        if (above.IsEmpty)
            _isBelowKey = false;
        else
            _key[above.Length - 1]++;
    }

    /// <summary>Goes to the next live key downwards; false at the end.</summary>
    /// <exception cref="ObjectDisposedException">The tree has been disposed.</exception>
    public bool MoveNext()
    {
        while (!_isAtEnd)
        {
            var place = _tree.Epochs.Enter();
            try
            {
                if (Advance())
                    return true;
            }
            finally
            {
                _tree.Epochs.Exit(place);
            }
        }

        return false;
    }

    private void Start(ReadOnlySpan<byte> from)
    {
        Copy(from, ref _from, ref _fromLength);
        _isBelowKey = true;
        _isAtEnd = false;
        OlderSkipped = 0;
        _path.Forget();
    }

    // True at a live key; false at the end, or when this epoch has been long enough.
    private bool Advance()
    {
        if (!_path.IsWhole)
            SeekPath();
        for (var i = 0; i < LeavesPerEpoch; i++)
        {
            var leaf = _path.Next();
            if (leaf == null || ArtLeaf.Key(leaf).SequenceCompareTo(_from.AsSpan(0, _fromLength)) < 0)
            {
                _isAtEnd = true;
                return false;
            }

            var found = _tree.Resolve(leaf, _asOf, out var version);
            if (found == KeyLookup.Older)
                OlderSkipped++;
            if (found == KeyLookup.Live || i == LeavesPerEpoch - 1)
            {
                Copy(ArtLeaf.Key(leaf), ref _key, ref _keyLength);
                _isBelowKey = true;
                Version = version;
                return found == KeyLookup.Live;
            }
        }

        return false;
    }

    private void SeekPath()
    {
        if (_isBelowKey)
            _path.SeekBefore(Key);
        else
            _path.SeekLast();
    }

    private static void Copy(ReadOnlySpan<byte> bytes, ref byte[] into, ref int length)
    {
        if (into.Length < bytes.Length)
            into = new byte[Math.Max(bytes.Length, Math.Max(into.Length * 2, 64))];
        bytes.CopyTo(into);
        length = bytes.Length;
    }
}
