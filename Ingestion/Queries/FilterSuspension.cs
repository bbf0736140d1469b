namespace Helios.Pipeline.Ingestion;

/// <summary>A time in which the filters of a table are not kept up.</summary>
internal static class FilterSuspension
{
    public static IDisposable Begin(HeliosEngine engine, TablePlan table)
    {
        engine.ThrowIfClosed();
        return engine.Parts.Filters.Of(table.Definition.Id)?.Suspend() ?? new Nothing(); // none are kept: none are given up
    }

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
