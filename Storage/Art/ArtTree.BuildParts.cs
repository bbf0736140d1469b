using System.Diagnostics;

namespace Helios.Pipeline.Storage;

/// <summary>Parts of a tree that are built each on its own, and joined in the order of their keys.</summary>
internal sealed unsafe partial class ArtTree
{
    internal sealed partial class Builder
    {
        /// <summary>A builder for keys that come later. Any thread may use it, one at a time, whatever others do with this one and its other parts.</summary>
        public Builder BeginPart() => new(_tree, isPart: true);

        /// <summary>Nothing is added to this part any more: its thread says so, and other parts get the memory that it has left.</summary>
        public void EndPart()
        {
            if (_slots is { } slots)
                _tree._slots.Return(slots);
            _slots = null;
        }

        /// <summary>Adds all keys of a part that has ended: the tree is then as if they had been added here one by one.</summary>
        /// <returns>False where its first key does not come after the last one here: neither is of use any more.</returns>
        /// <exception cref="HeliosException"><c>index_full</c>.</exception>
        public bool TryJoin(Builder part)
        {
            Debug.Assert(_floor == -1 && part._slots is null, "parts that have ended are joined to the whole");
            if (part._current == 0)
                return true; // no keys
            _slots ??= _tree._slots.TakeForBuild();
            if (_current != 0)
            {
                var shared = Last.CommonPrefixLength(part._first);
                if (shared == part._first.Length || (shared < _lastLength && part._first[shared] < _last[shared]))
                    return false;
                PartAt(shared, part._first[shared]);
            }

            SetLast(part._first);
            if (part._hanging.Count > 0)
                _current = part._hanging[0].Cell; // the leaf of the first key
            for (var i = 1; i < part._hanging.Count; i++)
                Hang(part._hanging[i]);
            if (part._hanging.Count > 0)
                Hang(new Hanging(part._floor, part._last[part._floor], 0));
            TakePath(part);
            return true;
        }

        /// <summary>The path to the first key parts at this place from what comes now: what was made till now hangs deeper, or is the first leaf itself.</summary>
        private void HangAt(int shared, byte edge)
        {
            CloseAll();
            _hanging.Add(new Hanging(_floor, _hangingEdge, _current));
            (_floor, _hangingEdge) = (shared, edge);
        }

        private void Hang(Hanging next)
        {
            BranchAt(next.At);
            _last[next.At] = next.Edge; // what is asked of the last key from here on is this byte, and those before it
            _lastLength = next.At + 1;
            _current = next.Cell;
        }

        /// <summary>The part's last key is the last one now, and the branches on the way to it may still get children.</summary>
        private void TakePath(Builder part)
        {
            SetLast(part.Last);
            _current = part._current;
            _count += part._count;
            for (var i = 0; i < part._depth; i++)
            {
                if (_depth == _branches.Count)
                    _branches.Add(part._branches[i]);
                else
                    _branches[_depth] = part._branches[i];
                _depth++;
            }
        }

        private void SetLast(ReadOnlySpan<byte> key)
        {
            if (_last.Length < key.Length)
                _last = new byte[Math.Max(key.Length, _last.Length * 2)];
            key.CopyTo(_last);
            _lastLength = key.Length;
        }
    }

    /// <summary>A subtree that hangs on the path to a part's first key.</summary>
    /// <param name="At">Behind so many bytes of the first key; meaningless for the first, which is the leaf of that key.</param>
    /// <param name="Edge">By this byte.</param>
    /// <param name="Cell">Its handle.</param>
    private readonly record struct Hanging(int At, byte Edge, uint Cell);
}
