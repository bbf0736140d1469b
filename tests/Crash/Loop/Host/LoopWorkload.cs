using System.Globalization;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>A row as it must be, or as it is.</summary>
/// <param name="Table">Index into <see cref="LoopWorkload.Tables"/>.</param>
/// <param name="Id">The number of its commit and its place in it.</param>
/// <param name="Commit">The commit that inserted it.</param>
/// <param name="Text">Its text, or what <see cref="LoopWorkload.Hash"/> makes of it.</param>
internal readonly record struct LoopRow<T>(int Table, long Id, long Commit, T Text);

/// <summary>Rows that anyone who knows the seed and the commit can tell.</summary>
internal sealed class LoopWorkload(int seed)
{
    public const int Trips = 0, Plates = 1, Notes = 2;

    public const int MaxRows = 1_000;

    /// <summary>Begins every text: no file of an encrypted database may hold it.</summary>
    public const string Canary = "canary/58d1c7/";

    /// <summary>So many commits later a key may come again, where its row is deleted.</summary>
    public const int Slots = 256;

    public static readonly UInt128 SourceFingerprint = 0x4C4F_4F50;

    private static readonly Column[] s_columns = [new("id", ColumnType.Int8), new("commit", ColumnType.Int8), new("text", ColumnType.Text)];

    /// <summary>One with two keys, one whose key may come again, one without.</summary>
    public static IReadOnlyList<(string Name, TableSchema Schema)> Tables { get; } =
    [
        ("trips", new TableSchema(s_columns, ["id"], [new UniqueConstraint("text", "text")])),
        ("plates", new TableSchema(s_columns, ["text"])),
        ("notes", new TableSchema(s_columns)),
    ];

    public IEnumerable<LoopRow<string>> Rows(LoopCommit commit)
    {
        for (var place = 0; commit.Inserts && place < commit.Of; place++)
        {
            var mixed = Mix(seed, Id(commit.Number, place));
            var table = (int)(mixed % 8) switch { < 5 => Trips, < 7 => Plates, _ => Notes };
            yield return new LoopRow<string>(table, Id(commit.Number, place), commit.Number, Text(commit, table, place, mixed));
        }
    }

    public static Row MakeRow(LoopRow<string> row) =>
        new(Tables[row.Table].Schema) { ["id"] = row.Id, ["commit"] = row.Commit, ["text"] = row.Text };

    public static long Id(int commit, int place) => ((long)commit * MaxRows) + place;

    /// <summary>What a commit that changes a row gives it.</summary>
    public static string ChangedText(int commit) => string.Create(CultureInfo.InvariantCulture, $"{Canary}changed by {commit}");

    /// <summary>FNV-1a.</summary>
    public static ulong Hash(string text)
    {
        var hash = 0xCBF2_9CE4_8422_2325;
        foreach (var letter in text)
            hash = (hash ^ letter) * 0x0000_0100_0000_01B3;
        return hash;
    }

    public static ulong Mix(long seed, long value)
    {
        var x = ((ulong)seed * 0x9E37_79B9_7F4A_7C15) + (ulong)value;
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return x ^ (x >> 31);
    }

    private static string Text(LoopCommit commit, int table, int place, ulong mixed)
    {
        if (commit.Kind == LoopKind.Again && table == Plates)
            return string.Create(CultureInfo.InvariantCulture, $"{Canary}slot {commit.Number % Slots}.{place}");
        var filler = (int)(mixed / 8 % 64) == 0 ? 900 : (int)(mixed / 512 % 60);
        return string.Create(CultureInfo.InvariantCulture, $"{Canary}{Id(commit.Number, place)}") + new string((char)('a' + (mixed % 26)), filler);
    }
}
