namespace Helios.Pipeline.Storage;

/// <summary>The live keys of a tree as of one LSN, in byte order, while the writer goes on. One thread at a time.</summary>
/// <remarks>
/// Begin with one of the Seek methods, then <see cref="MoveNext"/>. Between calls it holds nothing but its own copy of the last key:
/// no memory of the tree waits for it. A key that is live as of the LSN all the while is returned exactly once.
/// The writer may use one too, and change the tree between two calls. As of <see cref="Lsn.Max"/> it walks the newest versions:
/// all children of a parent, where the keys are the parent's key and the child's row id, are
/// <see cref="SeekPrefix"/> with the parent's key. A cursor that is used again allocates nothing.
/// </remarks>
internal sealed unsafe class ArtCursor
{
    /// <summary>Leaves looked at before readers' memory is let go for a moment, so that a long gap of vacated keys pins nothing.</summary>
    private const int LeavesPerEpoch = 256;

    private readonly ArtTree _tree;
    private readonly Lsn _asOf;
    private readonly ArtPath _path;
    private byte[] _key = new byte[64];
    private int _keyLength;
    private byte[] _bound = [];
    private int _boundLength;
    private Bound _boundKind;
    private bool _isAfterKey;
    private bool _isAtEnd = true;

    public ArtCursor(ArtTree tree, Lsn asOf)
    {
        _tree = tree;
        _asOf = asOf;
        _path = new ArtPath(tree);
    }

    private enum Bound
    {
        None,
        Below,
        Prefix,
    }

    /// <summary>The current key; valid until the next call.</summary>
    public ReadOnlySpan<byte> Key => new(_key, 0, _keyLength);

    /// <summary>Who holds the current key as of the LSN.</summary>
    public KeyVersion Version { get; private set; }

    /// <summary>Keys passed since the last Seek whose version as of the LSN has been trimmed away: the store's history must be asked.</summary>
    public long OlderSkipped { get; private set; }

    /// <summary>From a key on, it included, to the end.</summary>
    public void Seek(ReadOnlySpan<byte> from) => Start(from, Bound.None, default);

    /// <summary>From a key on, it included, to another one, that excluded.</summary>
    public void SeekRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to) => Start(from, Bound.Below, to);

    /// <summary>All keys that begin with some bytes, the bytes themselves included.</summary>
    public void SeekPrefix(ReadOnlySpan<byte> prefix) => Start(prefix, Bound.Prefix, prefix);

    /// <summary>Goes to the next live key; false at the end.</summary>
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

    private void Start(ReadOnlySpan<byte> from, Bound boundKind, ReadOnlySpan<byte> bound)
    {
        CopyKey(from);
        CopyBound(bound);
        _boundKind = boundKind;
        _isAfterKey = false;
        _isAtEnd = false;
        OlderSkipped = 0;
        _path.Forget();
    }

    // True at a live key; false at the end, or when this epoch has been long enough.
    private bool Advance()
    {
        if (!_path.IsWhole)
            _path.Seek(Key, _isAfterKey);
        for (var i = 0; i < LeavesPerEpoch; i++)
        {
            var leaf = _path.Next();
            if (leaf == null || IsBeyond(ArtLeaf.Key(leaf)))
            {
                _isAtEnd = true;
                return false;
            }

            var found = _tree.Resolve(leaf, _asOf, out var version);
            if (found == KeyLookup.Older)
                OlderSkipped++;
            if (found == KeyLookup.Live || i == LeavesPerEpoch - 1)
            {
                CopyKey(ArtLeaf.Key(leaf));
                _isAfterKey = true;
                Version = version;
                return found == KeyLookup.Live;
            }
        }

        return false;
    }

    private bool IsBeyond(ReadOnlySpan<byte> key) => _boundKind switch
    {
        Bound.Below => key.SequenceCompareTo(_bound.AsSpan(0, _boundLength)) >= 0,
        Bound.Prefix => !key.StartsWith(_bound.AsSpan(0, _boundLength)),
        _ => false,
    };

    private void CopyBound(ReadOnlySpan<byte> bound)
    {
        if (_bound.Length < bound.Length)
            _bound = new byte[Math.Max(bound.Length, 64)];
        bound.CopyTo(_bound);
        _boundLength = bound.Length;
    }

    private void CopyKey(ReadOnlySpan<byte> key)
    {
        if (_key.Length < key.Length)
            _key = new byte[Math.Max(key.Length, _key.Length * 2)];
        key.CopyTo(_key);
        _keyLength = key.Length;
    }
}
