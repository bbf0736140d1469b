namespace Helios.Pipeline.Storage;

/// <summary>Reads the log in order from a place in it, checking every frame and the chain between them.</summary>
/// <remarks>One thread; the writer may append meanwhile. Memory: a chunk or one frame. Damage throws <c>corrupt</c> with file and offset.</remarks>
internal sealed class WalReader : ILogReader
{
    private readonly IStorageFiles _files;
    private readonly string _directory;
    private readonly Guid _databaseId;
    private readonly Lsn _from;
    private readonly FrameCipher? _cipher;
    private readonly ByteBuffer? _open; // owned; the frame handed out, decrypted
    private WalSegmentCursor? _cursor;
    private ulong _id;

    // A frame that lies partly beyond what the caller may see is kept back: it has been read, so the cursor has passed it.
    private byte[]? _kept;
    private long _keptOffset;

    /// <param name="files">Where the log lies.</param>
    /// <param name="directory">Its directory.</param>
    /// <param name="databaseId">Whose log it is.</param>
    /// <param name="from">The first LSN that is wanted.</param>
    /// <param name="cipher">Decrypts payloads; null where the database is not encrypted: a frame of the other sort is damage.</param>
    /// <remarks>Throws <c>lsn_too_old</c> where the frame that holds <paramref name="from"/> was trimmed away.</remarks>
    public WalReader(IStorageFiles files, string directory, Guid databaseId, Lsn from, FrameCipher? cipher = null)
    {
        _files = files;
        _directory = directory;
        _databaseId = databaseId;
        _cipher = cipher;
        _open = cipher is null ? null : new ByteBuffer();
        _from = from > Lsn.Zero ? from : new Lsn(1);
        try
        {
            Seek();
        }
        catch (IOException error)
        {
            throw Unreadable(error);
        }
    }

    public bool TryRead(Lsn upTo, out WalFrame frame)
    {
        try
        {
            return TryReadNext(upTo, out frame);
        }
        catch (IOException error)
        {
            throw Unreadable(error);
        }
    }

    public void Dispose()
    {
        _cursor?.Dispose();
        _open?.Dispose();
    }

    private bool TryReadNext(Lsn upTo, out WalFrame frame)
    {
        frame = default;
        if (_kept is not null)
        {
            if (new WalFrame(_kept).Last > upTo)
                return false;
            frame = Open(new WalFrame(_kept), _keptOffset);
            _kept = null;
            return true;
        }

        while (_cursor is null || _cursor.Last < upTo)
        {
            if (_cursor is null)
            {
                Seek();
                if (_cursor is null)
                    return false;
                continue;
            }

            if (!_cursor.TryReadFrame(out frame))
            {
                MoveOn(upTo);
                continue;
            }

            if (frame.Last < _from)
                continue;
            if (frame.Last <= upTo)
            {
                frame = Open(frame, _cursor.Offset - frame.Length);
                return true;
            }

            _kept = frame.Bytes.ToArray();
            _keptOffset = _cursor.Offset - frame.Length;
            frame = default;
            return false;
        }

        return false;
    }

    /// <summary>The frame with its payload decrypted, in the reader's own memory; the frame as it is where the database is not encrypted.</summary>
    private WalFrame Open(WalFrame frame, long offset)
    {
        if (frame.IsEncrypted != (_cipher is not null))
            throw WalErrors.WrongSort(WalFormat.SegmentPath(_directory, frame.SegmentId), offset, frame.First, frame.IsEncrypted);
        if (_cipher is null)
            return frame;

        _open!.Truncate(0);
        _open.Append(frame.Bytes);
        var bytes = _open.Written;
        Span<byte> aad = stackalloc byte[FrameCipher.AadSize];
        FrameCipher.WriteAad(bytes, aad);
        if (!_cipher.TryDecrypt(bytes[WalFrame.HeaderSize..^FrameCipher.TagSize], bytes[^FrameCipher.TagSize..], aad, new NonceUse(frame.KeyId, frame.Counter)))
            throw _cipher.Refusal(frame.KeyId, $"The frame of LSN {frame.First} at byte {offset} of log segment '{WalFormat.SegmentPath(_directory, frame.SegmentId)}'");
        return new WalFrame(bytes[..^FrameCipher.TagSize]);
    }

    /// <summary>Finds the newest segment that begins at or before the place; leaves no cursor where the log has none yet.</summary>
    private void Seek()
    {
        var ids = WalFormat.ListSegments(_files, _directory);
        for (var i = ids.Count - 1; i >= 0; i--)
        {
            if (!TryOpen(ids[i], out var cursor))
                continue; // a spare, or it was trimmed since it was listed
            if (cursor.Header.Before < _from)
            {
                _cursor = cursor;
                _id = ids[i];
                return;
            }

            cursor.Dispose();
        }

        if (ids.Count > 0)
            throw TooOld(_from);
    }

    /// <summary>The current segment has no more frames, though the caller knows of later ones: they are in the next segment.</summary>
    private void MoveOn(Lsn upTo)
    {
        var cursor = _cursor!;
        if (TryOpen(_id + 1, out var next))
        {
            if (next.Follows(cursor))
            {
                cursor.Dispose();
                _cursor = next;
                _id++;
                return;
            }

            next.Dispose();
        }

        var ids = WalFormat.ListSegments(_files, _directory);
        if (ids.Count > 0 && ids[0] > _id + 1)
            throw TooOld(cursor.Last.Next);
        throw WalErrors.Damaged(cursor.Path, cursor.Offset, cursor.Expected, $"LSN {upTo} was appended behind it");
    }

    private bool TryOpen(ulong id, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out WalSegmentCursor? cursor)
    {
        cursor = null;
        if (!_files.Exists(WalFormat.SegmentPath(_directory, id)))
            return false;
        try
        {
            cursor = new WalSegmentCursor(_files, _directory, id, _databaseId);
        }
        catch (IOException error) when (error.HResult == StorageErrors.NotFound)
        {
            return false; // trimmed between the two calls
        }

        if (cursor.TryReadHeader())
            return true;
        cursor.Dispose();
        cursor = null;
        return false;
    }

    private HeliosException TooOld(Lsn asked)
    {
        foreach (var id in WalFormat.ListSegments(_files, _directory))
        {
            if (!TryOpen(id, out var cursor))
                continue;
            using (cursor)
                return WalErrors.TooOld(asked, cursor.Header.First);
        }

        return WalErrors.Unfit(_directory, $"LSN {asked} is asked for, and no segment has an intact header");
    }

    private HeliosException Unreadable(IOException error) => StorageErrors.From(error, $"The log in '{_directory}' cannot be read.");
}
