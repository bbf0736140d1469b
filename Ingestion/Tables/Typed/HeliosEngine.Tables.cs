using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

public sealed partial class HeliosEngine
{
    /// <summary>Opens a table of a type's objects, creating it where it is not there.</summary>
    /// <typeparam name="T">A record, class or struct; its public properties are the columns.</typeparam>
    /// <param name="name">The table's name; null for the one that <see cref="HeliosTableAttribute"/> gives, or the type's.</param>
    /// <param name="cancellationToken">Gives up waiting; the table may be there afterwards.</param>
    /// <exception cref="ArgumentException">The type cannot be a row; the message names the property.</exception>
    /// <exception cref="HeliosException">Invalid <c>schema_mismatch</c>: a table of that name has another schema.</exception>
    public async Task<Table<T>> TableAsync<T>(string? name = null, CancellationToken cancellationToken = default)
    {
        var shape = RowShape<T>.Instance;
        var table = await TableAsync(name ?? shape.DefaultName, shape.Schema, cancellationToken).ConfigureAwait(false);
        return new Table<T>(this, table.Plan, shape);
    }
}
