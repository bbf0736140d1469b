namespace Helios.Pipeline.Storage;

/// <summary>Removes what RocksDB leaves behind where the process ends in the midst of an open, and never removes itself.</summary>
/// <remarks>
/// RocksDB writes its options to OPTIONS-n.dbtmp and renames that. Its own sweep at the next open takes every other .dbtmp file and spares these
/// (DBImpl::PurgeObsoleteFiles), so each such kill would leave one for good. An open store writes its options while it is opened and at no other time:
/// the files are nobody's once it is open.
/// </remarks>
internal static class StoreLeftovers
{
    /// <summary>Deletes them. The store is open for writing, which keeps every other process out.</summary>
    /// <exception cref="HeliosException">Unavailable "io_error": one cannot be deleted. The store is whole.</exception>
    public static void Remove(string store)
    {
        try
        {
            foreach (var path in Directory.EnumerateFiles(store, "OPTIONS-*.dbtmp"))
                File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.From(error as IOException ?? StorageErrors.Normalize(error, "delete a left-over file in", store),
                $"Options that a killed open had begun to write in {store} cannot be deleted. The store is whole; open the database again.");
        }
    }
}
