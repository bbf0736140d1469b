namespace Helios.Pipeline.Storage;

/// <summary>Columns whose values must be those of a key of another row, mostly in another table. A row with a NULL in one of them refers to nothing.</summary>
/// <param name="Name">Names the constraint inside its table.</param>
/// <param name="Columns">The columns, in the order of the key that they refer to.</param>
/// <param name="ReferencedTable">The table that has the key; it may be the same one.</param>
/// <param name="ReferencedColumns">The primary key or a unique constraint of that table, in key order; empty for its primary key.</param>
public sealed record ForeignKey(string Name, IReadOnlyList<string> Columns, string ReferencedTable, IReadOnlyList<string> ReferencedColumns)
{
    /// <summary>A foreign key to the primary key of a table.</summary>
    public ForeignKey(string Name, IReadOnlyList<string> Columns, string ReferencedTable)
        : this(Name, Columns, ReferencedTable, [])
    {
    }

    /// <summary>What becomes of rows that refer to a row that is deleted.</summary>
    /// <value>The default is <see cref="ReferentialAction.NoAction"/>.</value>
    public ReferentialAction OnDelete { get; init; }

    /// <summary>What becomes of rows that refer to a row whose key is changed.</summary>
    /// <value>The default is <see cref="ReferentialAction.NoAction"/>.</value>
    public ReferentialAction OnUpdate { get; init; }

    /// <summary>Is it judged at the commit of a transaction, not at the end of each statement too? RESTRICT never waits.</summary>
    /// <value>The default is false.</value>
    public bool IsDeferred { get; init; }

    /// <summary>The constraint in the words of SQL.</summary>
    public override string ToString() =>
        $"{Name} FOREIGN KEY ({string.Join(", ", Columns)}) REFERENCES {ReferencedTable}{(ReferencedColumns.Count == 0 ? "" : $" ({string.Join(", ", ReferencedColumns)})")}"
        + $"{Describe("DELETE", OnDelete)}{Describe("UPDATE", OnUpdate)}{(IsDeferred ? " DEFERRED" : "")}";

    private static string Describe(string change, ReferentialAction action) => action switch
    {
        ReferentialAction.NoAction => "",
        ReferentialAction.SetNull => $" ON {change} SET NULL",
        ReferentialAction.SetDefault => $" ON {change} SET DEFAULT",
        _ => $" ON {change} {action.ToString().ToUpperInvariant()}",
    };
}

/// <summary>What becomes of rows that refer to a row that goes or changes its key. The numbers are stored in the catalog: they never change.</summary>
public enum ReferentialAction : byte
{
    /// <summary>The statement or the commit is refused where a row still refers to it at the time of the check.</summary>
    NoAction = 0,

    /// <summary>The same, but at the end of the statement also where the foreign key is deferred, and where another row takes the key over.</summary>
    Restrict = 1,

    /// <summary>They are deleted with it, or take over the new key.</summary>
    Cascade = 2,

    /// <summary>Their columns become NULL.</summary>
    SetNull = 3,

    /// <summary>Their columns get their defaults.</summary>
    SetDefault = 4,
}
