namespace Helios.Pipeline;

/// <summary>What happens to a commit when one of its rows is refused.</summary>
public enum OnReject
{
    /// <summary>The default: nothing is written; the answer names the refused rows.</summary>
    RejectCommit,

    /// <summary>The refused rows are left out, the others are written; the receipt lists the refused ones.</summary>
    RejectRow,
}
