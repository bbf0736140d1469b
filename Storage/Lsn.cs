using System.Globalization;

namespace Helios.Pipeline.Storage;

/// <summary>Log sequence number: the place of a commit in the one order of the database. The first commit has 1; 0 is "before everything".</summary>
/// <param name="Value">0 to 2^48 - 1.</param>
public readonly record struct Lsn(ulong Value) : IComparable<Lsn>
{
    /// <summary>Before every commit.</summary>
    public static Lsn Zero => default;

    /// <summary>The highest LSN a database can hold: index entries store 48 bits.</summary>
    public static Lsn Max => new((1UL << 48) - 1);

    /// <summary>The LSN after this one.</summary>
    public Lsn Next => new(Value + 1);

    /// <inheritdoc/>
    public int CompareTo(Lsn other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Moves an LSN on by a number of commits.</summary>
    public static Lsn operator +(Lsn left, int right) => new(left.Value + (ulong)right);

    /// <summary>Is the left one earlier?</summary>
    public static bool operator <(Lsn left, Lsn right) => left.Value < right.Value;

    /// <summary>Is the left one later?</summary>
    public static bool operator >(Lsn left, Lsn right) => left.Value > right.Value;

    /// <summary>Is the left one earlier or the same?</summary>
    public static bool operator <=(Lsn left, Lsn right) => left.Value <= right.Value;

    /// <summary>Is the left one later or the same?</summary>
    public static bool operator >=(Lsn left, Lsn right) => left.Value >= right.Value;
}
