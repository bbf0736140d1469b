namespace Helios.Pipeline.Ingestion;

/// <summary>What a transaction may see of others, and what others may do to it; docs/transactions.md says which anomaly is possible where.</summary>
public enum IsolationLevel
{
    /// <summary>Each statement sees what is visible when it begins. Rows that go by their keys are written whatever others did meanwhile: the last commit wins.</summary>
    ReadCommitted,

    /// <summary>The default: all statements see one moment, and of two transactions that change one row the first to commit wins.</summary>
    Snapshot,

    /// <summary>The same, and everything that was read must still be so at the commit: committed transactions are as if they had run one after the other.</summary>
    Serializable,
}
