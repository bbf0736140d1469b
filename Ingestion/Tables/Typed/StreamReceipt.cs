using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>The answer to a stream of rows.</summary>
/// <param name="Lsn">The last commit; <see cref="Lsn.Zero"/> where nothing was written.</param>
/// <param name="Rows">Rows written.</param>
/// <param name="Commits">Commits they were written in.</param>
/// <param name="Rejected">Rows refused.</param>
/// <param name="FirstRejected">The first 1,000 of them; their row numbers count over the whole stream, from 0.</param>
public readonly record struct StreamReceipt(Lsn Lsn, long Rows, long Commits, long Rejected, IReadOnlyList<RowRejection> FirstRejected);
