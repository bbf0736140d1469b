using System.Runtime.InteropServices;
using System.Text.Json;

namespace Helios.Pipeline.Storage;

/// <summary>The members of the JSON objects that are open, innermost last: where each stands in the text, and its name without escapes.</summary>
/// <remarks>Members are written as they come. Where they come in order, as canonical text does, nothing has to move.</remarks>
internal sealed class CanonicalJsonMembers(ByteBuffer text) : IDisposable
{
    private readonly List<Member> _members = [];
    private readonly ByteBuffer _names = new(); // owned; returned by Dispose

    /// <summary>Members of all open objects.</summary>
    public int Count => _members.Count;

    /// <summary>The reader's name or string without escapes; valid until the next call.</summary>
    public ReadOnlySpan<byte> Unescape(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
            return reader.ValueSpan;
        var free = _names.GetSpan(reader.ValueSpan.Length); // behind the names that are kept
        return free[..reader.CopyString(free)];
    }

    /// <summary>Opens an object; what it returns closes it.</summary>
    public int Open() => _members.Count;

    /// <summary>Notes a member that begins at <paramref name="start"/> of the text.</summary>
    public void Add(ReadOnlySpan<byte> name, int start)
    {
        var at = _names.Length;
        name.CopyTo(_names.GetSpan(name.Length)); // may be where it stands already
        _names.Advance(name.Length);
        _members.Add(new Member(at, name.Length, start, 0));
    }

    /// <summary>The member's value ends where the text ends now.</summary>
    public void End(int index)
    {
        ref var member = ref CollectionsMarshal.AsSpan(_members)[index];
        member = member with { Length = text.Length - member.At };
    }

    /// <summary>Puts the members since <paramref name="opened"/> in order, of equal names the last, and forgets them.</summary>
    public void Close(int opened)
    {
        if (_members.Count == opened)
            return;
        var members = CollectionsMarshal.AsSpan(_members)[opened..];
        var firstName = members[0].Name;
        if (!IsInOrder(members))
            Rewrite(members);
        _names.Truncate(firstName);
        CollectionsMarshal.SetCount(_members, opened);
    }

    public void Dispose() => _names.Dispose();

    private bool IsInOrder(ReadOnlySpan<Member> members)
    {
        for (var i = 1; i < members.Length; i++)
        {
            if (NameOf(members[i - 1]).SequenceCompareTo(NameOf(members[i])) >= 0)
                return false;
        }

        return true;
    }

    private void Rewrite(Span<Member> members)
    {
        var start = members[0].At;
        members.Sort(new ByName(this));
        using var ordered = new ByteBuffer(text.Length - start);
        for (var i = 0; i < members.Length; i++)
        {
            if (i + 1 < members.Length && NameOf(members[i]).SequenceEqual(NameOf(members[i + 1])))
                continue; // a later one counts
            if (ordered.Length > 0)
                ordered.Append((byte)',');
            ordered.Append(text.Written.Slice(members[i].At, members[i].Length));
        }

        text.Truncate(start);
        text.Append(ordered.Written);
    }

    private ReadOnlySpan<byte> NameOf(in Member member) => _names.Written.Slice(member.Name, member.NameLength);

    /// <param name="Name">Where its name begins among the names.</param>
    /// <param name="NameLength">Bytes of the name.</param>
    /// <param name="At">Where it begins in the text.</param>
    /// <param name="Length">Bytes of name, colon and value in the text.</param>
    private readonly record struct Member(int Name, int NameLength, int At, int Length);

    private readonly struct ByName(CanonicalJsonMembers owner) : IComparer<Member>
    {
        public int Compare(Member x, Member y) =>
            owner.NameOf(x).SequenceCompareTo(owner.NameOf(y)) is var order and not 0 ? order : x.At.CompareTo(y.At);
    }
}
