using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Model.Tests;

/// <summary>What the engine answered to a commit: a receipt, or one of the published errors.</summary>
internal readonly record struct Answer(CommitReceipt Receipt, HeliosException? Error)
{
    public static async Task<Answer> OfAsync(Func<ValueTask<CommitReceipt>> commit)
    {
        try
        {
            var receipt = await commit();
            return new Answer(receipt, receipt.Error);
        }
        catch (HeliosException error)
        {
            return new Answer(default, error);
        }
    }

    public void IsRefused(HeliosErrorKind kind, string? code = null)
    {
        Assert.True(Error is not null, $"{kind} {code} was due, LSN {Receipt.Lsn} came");
        Assert.True(Error.Kind == kind && (code is null || Error.Code == code), $"{kind} {code} was due, {Error.Kind} {Error.Code} came: {Error.Message}");
    }

    public void IsSameAs(ModelDecision decision, RunCounts counts)
    {
        if (decision.Refusal is { } code)
        {
            IsRefused(code == "source_moved" ? HeliosErrorKind.Conflict : HeliosErrorKind.Invalid, code);
            counts.Note($"refused: {code}");
            if (decision.Rejected.Count > 0 && code != "source_moved")
            {
                Assert.Equal(decision.Rejected[0].Row, Error!.Row);
                Assert.Equal(decision.Rejected[0].Constraint, Error.Constraint);
            }

            return;
        }

        Assert.True(Error is null, $"the commit should have been written, {Error?.Kind} {Error?.Code} came: {Error?.Message}");
        Assert.Equal(decision.Stored, Receipt.Rows);
        Assert.Equal(
            decision.Rejected.OrderBy(static r => r.Row),
            Receipt.Rejected.Select(static r => new ModelRejection(r.Row, r.Code, r.Constraint)).OrderBy(static r => r.Row));
        foreach (var rejected in decision.Rejected)
            counts.Note($"row rejected: {rejected.Code}");
    }
}
