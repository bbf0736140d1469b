namespace Helios.Pipeline.Ingestion;

/// <summary>What happened to a row.</summary>
public enum ChangeKind
{
    /// <summary>It was written.</summary>
    Insert,

    /// <summary>It went.</summary>
    Delete,

    /// <summary>It got another content.</summary>
    Update,
}
