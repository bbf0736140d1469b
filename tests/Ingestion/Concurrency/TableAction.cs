using System.Globalization;
using CsCheck;

namespace Helios.Pipeline.Ingestion.Tests.Concurrency;

/// <summary>What callers do at once to one table.</summary>
internal enum ActionKind
{
    Insert,
    Find,
    FindByName,
    Delete,
    Update,
    Upsert,
    InsertIfAbsent,

    /// <summary>One commit that deletes the next key and upserts this one.</summary>
    Replace,

    /// <summary>All rows, as one moment has them.</summary>
    ReadAll,
}

/// <summary>One call.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Key">Primary key, of few.</param>
/// <param name="Name">Value of the unique column, of few.</param>
/// <param name="Value">Tells the rows of one history apart.</param>
internal readonly record struct TableAction(ActionKind Kind, int Key, int Name, int Value)
{
    public const int Keys = 3, Names = 3, Values = 1 << 16;

    public const string Duplicate = "duplicate_key";

    private static int s_value;

    /// <summary>Few keys and names, so that they collide.</summary>
    public static Gen<TableAction> Any { get; } = Gen.Select(
        Gen.Enum<ActionKind>(), Gen.Int[0, Keys - 1], Gen.Int[0, Names - 1],
        static (kind, key, name) => new TableAction(kind, key, name, Interlocked.Increment(ref s_value) % Values));

    /// <summary>The other key of <see cref="ActionKind.Replace"/>.</summary>
    public int NextKey => (Key + 1) % Keys;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}(key {Key}, name {Name}, value {Value})");
}
