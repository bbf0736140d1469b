using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Helios.Pipeline.Storage;

/// <summary>Building a tree bottom-up from keys that ascend: each node is made once, in its final size, and nothing is looked for.</summary>
internal sealed unsafe partial class ArtTree
{
    /// <summary>Fills this tree, which is empty and which nobody reads yet. The caller writes nothing else until <see cref="Builder.Complete"/>.</summary>
    public Builder BeginBuild()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (*_root != 0)
            throw new InvalidOperationException("Only an empty tree can be built.");
        return new Builder(this, isPart: false);
    }

    /// <summary>Takes ascending keys. What it has made is no part of the tree before <see cref="Complete"/>; a tree that is left before that is good for <see cref="ArtTree.Dispose"/> only.</summary>
    /// <remarks>
    /// It keeps the path to the last key: at each place where keys parted a branch that may still get children. A branch is closed, and its node made, by the first key that parts above it.
    /// A part (<see cref="BeginPart"/>) has keys of its own, whatever comes before them: other threads may build other parts, one each. A branch on the path to its first key may have children in the parts
    /// before, so it is not made: what would hang on it is kept in order, and hung where it belongs by <see cref="TryJoin"/>.
    /// </remarks>
    internal sealed partial class Builder
    {
        private readonly ArtTree _tree;
        private ArtBuildSlots? _slots; // from the first key on: what has none takes no memory
        private readonly List<Branch> _branches = [];
        private readonly List<Hanging> _hanging = []; // in a part: what hangs on the path to its first key, without the last one, which is being made
        private byte[] _first = [];
        private byte[] _last = new byte[64];
        private int _lastLength;
        private int _depth;    // branches in use
        private int _floor;    // where what is being made hangs: all branches are deeper; -1 in the tree's own builder, where it is the root
        private byte _hangingEdge;
        private uint _current; // what hangs below the last branch: the last leaf, or the node made of a closed branch
        private long _count;

        internal Builder(ArtTree tree, bool isPart)
        {
            _tree = tree;
            _floor = isPart ? int.MaxValue : -1;
        }

        private ReadOnlySpan<byte> Last => _last.AsSpan(0, _lastLength);

        private Branch Top => _branches[_depth - 1];

        /// <summary>Adds a key that comes after the last one, with its one version.</summary>
        /// <returns>False where it does not come after it: nothing has changed.</returns>
        /// <exception cref="HeliosException"><c>index_full</c>.</exception>
        public bool TryAppend(ReadOnlySpan<byte> key, KeyVersion version) => TryAppend(key, version, 0);

        /// <summary>The same for a caller who knows that the key has so many bytes in common with the last one, or more.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)] // as all that is done for each key: a build is over before code that is not would be compiled again
        public bool TryAppend(ReadOnlySpan<byte> key, KeyVersion version, int shared)
        {
            if (key.Length > ArtLeaf.MaxKeyLength || version.Row.Value > Lsn.Max.Value || version.Lsn.Value > Lsn.Max.Value)
                throw new ArgumentOutOfRangeException(nameof(key), "A key has 64 KiB at most, a number 48 bits.");
            if (_current != 0)
            {
                Debug.Assert(Last[..shared].SequenceEqual(key[..shared]), "the caller knows");
                var last = Last;
                if (shared < last.Length && shared < key.Length && last[shared] == key[shared])
                    shared += last[shared..].CommonPrefixLength(key[shared..]);
                if (shared == key.Length || (shared < last.Length && key[shared] < last[shared]))
                    return false;
                PartAt(shared, key[shared]);
            }
            else
            {
                shared = 0;
                _slots ??= _tree._slots.TakeForBuild();
                if (_floor == int.MaxValue)
                    _first = key.ToArray();
            }

            ArtLeaf.WriteLeaf(_slots!.Allocate(ArtKind.Leaf, ArtLeaf.Size(key.Length, ArtLeaf.NoOlder), out _current), key, version, ArtLeaf.NoOlder);
            if (_last.Length < key.Length)
                Array.Resize(ref _last, Math.Max(key.Length, _last.Length * 2));
            key[shared..].CopyTo(_last.AsSpan(shared));
            _lastLength = key.Length;
            if (!version.Vacated)
                _count++;
            return true;
        }

        /// <summary>Makes what was added the tree.</summary>
        public void Complete()
        {
            CloseAll();
            EndPart();
            _tree._slots.EndBuild();
            Volatile.Write(ref _tree._written.Count, _count);
            Publish(_tree._root, _current);
        }

        private void CloseAll()
        {
            while (_depth > 0)
                CloseTop(_depth > 1 ? _branches[_depth - 2].At : _floor);
        }

        /// <summary>The next key parts from the last one behind so many bytes, going on with another byte.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void PartAt(int shared, byte edge)
        {
            if (shared > _floor)
                BranchAt(shared);
            else
                HangAt(shared, edge);
        }

        /// <summary>Closes what lies deeper than so many bytes, and hangs what is there under the branch of that place.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void BranchAt(int shared)
        {
            while (_depth > 0 && Top.At > shared)
                CloseTop(Math.Max(_depth > 1 ? _branches[_depth - 2].At : _floor, shared));
            if (_depth == 0 || Top.At < shared)
            {
                if (_depth == _branches.Count)
                    _branches.Add(new Branch());
                _branches[_depth++].Begin(shared);
            }

            Top.Add(EdgeAt(Last, shared), _current);
        }

        /// <param name="parentAt">Where the node above branches; its byte belongs to neither prefix.</param>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void CloseTop(int parentAt)
        {
            var top = Top;
            top.Add(EdgeAt(Last, top.At), _current);
            _current = MakeNode(top, _last.AsSpan(parentAt + 1, top.At - parentAt - 1));
            _depth--;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private uint MakeNode(Branch branch, ReadOnlySpan<byte> prefix)
        {
            var (kind, size) = branch.Count switch { <= 4 => (ArtKind.Node4, 32), <= 16 => (ArtKind.Node16, 92), <= 48 => (ArtKind.Node48, 460), _ => (ArtKind.Node256, 1036) };
            Debug.Assert(size == ArtNode.BodySize(kind), "as it is drawn");
            var node = _slots!.Allocate(kind, size + prefix.Length, out var handle);
            ArtNodeCopy.Fill(node, kind, size, branch.Terminal, branch.Edges.AsSpan(0, branch.Count), branch.Cells.AsSpan(0, branch.Count));
            *(uint*)(node + 4) = (uint)prefix.Length;
            prefix.CopyTo(new Span<byte>(node + size, prefix.Length));
            return handle;
        }
    }

    /// <summary>A node in the making: keys part behind <see cref="At"/> bytes.</summary>
    private sealed class Branch
    {
        public readonly byte[] Edges = new byte[256];
        public readonly uint[] Cells = new uint[256];

        public int At { get; private set; }

        public int Count { get; private set; }

        public uint Terminal { get; private set; }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Begin(int at) => (At, Count, Terminal) = (at, 0, 0);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(int edge, uint child)
        {
            Debug.Assert(edge == Path.TerminalEdge ? Count == 0 && Terminal == 0 : Count == 0 || Edges[Count - 1] < edge, "keys ascend");
            if (edge == Path.TerminalEdge)
            {
                Terminal = child;
                return;
            }

            Edges[Count] = (byte)edge;
            Cells[Count] = child;
            Count++;
        }
    }
}
