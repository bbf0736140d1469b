using Helios.Pipeline;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

await using HeliosEngine helios = await HeliosEngine.OpenAsync(args.Length > 0 ? args[0] : "data");
Table<Trip> trips = await helios.TableAsync<Trip>("trips"); // creates it, or checks that the schema fits

// One row, one commit. The answer says that it is on disk and readable. A second run finds the row there already.
CommitReceipt one = await trips.TryInsertAsync(new Trip(42, "HH-AB 123", DateTimeOffset.UtcNow, 12.50));
Console.WriteLine(one.Error is { } error ? $"refused: {error.Message}" : $"stored as commit {one.Lsn}");

// Many rows, one commit: rows that break a rule are left out, and the receipt says which and why.
Trip[] more = [new(43, "B-CD 456", DateTimeOffset.UtcNow, null), new(44, "HH-AB 123", DateTimeOffset.UtcNow, 7.20)];
CommitReceipt many = await trips.InsertAsync(more, OnReject.RejectRow);
foreach (RowRejection rejection in many.Rejected)
    Console.WriteLine($"row {rejection.Row}: {rejection.Code}: {rejection.Message}");

Trip? found = await trips.FindAsync(42);
Console.WriteLine($"found {found}");

// By primary key, a commit each; Rows is 0 where there was no such row.
CommitReceipt changed = await trips.UpsertAsync(new Trip(42, "HH-AB 123", DateTimeOffset.UtcNow, 13.00)); // or UpdateAsync
CommitReceipt gone = await trips.DeleteAsync(43L);
Console.WriteLine($"{changed.Rows} changed, {gone.Rows} gone");

await foreach (Trip trip in trips.ScanAsync())
    Console.WriteLine($"{trip.Id}: {trip.Plate} at {trip.At:O}, fare {trip.Fare?.ToString("0.00") ?? "unknown"}");
Console.WriteLine($"{await trips.CountAsync()} rows");

[HeliosTable]
public sealed record Trip([property: Key] long Id, [property: Unique] string Plate, DateTimeOffset At, double? Fare);
