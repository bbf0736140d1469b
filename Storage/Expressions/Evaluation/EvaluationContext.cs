namespace Helios.Pipeline.Storage;

/// <summary>What an expression may know besides its row. The default serves every deterministic expression.</summary>
/// <remarks>One for a whole statement: then <c>now()</c> is one moment in all its rows.</remarks>
internal readonly struct EvaluationContext
{
    private readonly Func<Guid>? _newUuid;
    private readonly long _utcTicks;

    /// <param name="time">Read once, here.</param>
    /// <param name="newUuid">Gives a new one at each call.</param>
    public EvaluationContext(TimeProvider time, Func<Guid> newUuid)
    {
        _utcTicks = time.GetUtcNow().UtcTicks;
        _newUuid = newUuid;
    }

    /// <summary>Ticks of now().</summary>
    public long UtcTicks => _newUuid is null ? throw Missing() : _utcTicks;

    public Guid NewUuid() => _newUuid is null ? throw Missing() : _newUuid();

    private static InvalidOperationException Missing() => new("An expression that is not deterministic needs a clock and a source of UUIDs.");
}

/// <summary>One evaluation: the row and what is known besides.</summary>
internal readonly ref struct EvaluationFrame(ReadOnlySpan<byte> row, ReadOnlySpan<int> offsets, in EvaluationContext context)
{
    public readonly EvaluationContext Context = context;
    private readonly ReadOnlySpan<byte> _row = row;
    private readonly ReadOnlySpan<int> _offsets = offsets;

    public ValueView this[int ordinal] => new(_row[_offsets[ordinal]..]);
}
