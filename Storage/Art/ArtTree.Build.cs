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
        return new Builder(this);
    }

    /// <summary>Takes ascending keys. What it has made is no part of the tree before <see cref="Complete"/>; a tree that is left before that is good for <see cref="ArtTree.Dispose"/> only.</summary>
    /// <remarks>It keeps the path to the last key: at each place where keys parted a branch that may still get children. A branch is closed, and its node made, by the first key that parts above it.</remarks>
    internal sealed class Builder
    {
        private readonly ArtTree _tree;
        private readonly List<Branch> _branches = [];
        private byte[] _last = new byte[64];
        private int _lastLength;
        private int _depth;    // branches in use
        private uint _current; // what hangs below the last branch: the last leaf, or the node made of a closed branch
        private long _count;

        internal Builder(ArtTree tree) => _tree = tree;

        private ReadOnlySpan<byte> Last => _last.AsSpan(0, _lastLength);

        private Branch Top => _branches[_depth - 1];

        /// <summary>Adds a key that comes after the last one, with its one version.</summary>
        /// <returns>False where it does not come after it: nothing has changed.</returns>
        /// <exception cref="HeliosException"><c>index_full</c>.</exception>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public bool TryAppend(ReadOnlySpan<byte> key, KeyVersion version)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, ArtLeaf.MaxKeyLength, nameof(key));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(version.Row.Value, Lsn.Max.Value, nameof(version));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(version.Lsn.Value, Lsn.Max.Value, nameof(version));
            if (_current != 0)
            {
                var shared = Last.CommonPrefixLength(key);
                if (shared == key.Length || (shared < _lastLength && key[shared] < _last[shared]))
                    return false;
                BranchAt(shared);
            }

            _tree._slots.BeginOperation(); // nothing is taken back one by one
            _current = _tree.NewLeaf(key, version, ArtLeaf.NoOlder, mayUseReserve: false);
            if (_last.Length < key.Length)
                _last = new byte[Math.Max(key.Length, _last.Length * 2)];
            key.CopyTo(_last);
            _lastLength = key.Length;
            if (!version.Vacated)
                _count++;
            return true;
        }

        /// <summary>Makes what was added the tree.</summary>
        public void Complete()
        {
            while (_depth > 0)
                CloseTop(_depth > 1 ? _branches[_depth - 2].At : -1);
            Volatile.Write(ref _tree._written.Count, _count);
            Publish(_tree._root, _current);
        }

        /// <summary>The next key parts from the last one behind so many bytes: closes what lies deeper, and hangs what is there under the branch of that place.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void BranchAt(int shared)
        {
            while (_depth > 0 && Top.At > shared)
                CloseTop(Math.Max(_depth > 1 ? _branches[_depth - 2].At : -1, shared));
            if (_depth == 0 || Top.At < shared)
            {
                if (_depth == _branches.Count)
                    _branches.Add(new Branch());
                _branches[_depth++].Begin(shared);
            }

            Top.Add(EdgeAt(Last, shared), _current);
        }

        /// <param name="parentAt">Where the node above branches; its byte belongs to neither prefix.</param>
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
            var kind = branch.Count switch { <= 4 => ArtKind.Node4, <= 16 => ArtKind.Node16, <= 48 => ArtKind.Node48, _ => ArtKind.Node256 };
            _tree._slots.BeginOperation();
            var handle = _tree.NewNode(kind, prefix.Length, mayUseReserve: false);
            var node = _tree._slots.Address(handle);
            ArtNodeCopy.Begin(node, kind, prefix.Length, branch.Terminal);
            prefix.CopyTo(ArtNodeCopy.NewPrefix(node));
            for (var i = 0; i < branch.Count; i++)
                ArtNodeCopy.Append(node, branch.Edges[i], branch.Cells[i]);
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

        public void Begin(int at) => (At, Count, Terminal) = (at, 0, 0);

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
