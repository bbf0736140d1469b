using Helios.Pipeline;
using Helios.Pipeline.Ingestion;
using Helios.Pipeline.Storage;

await using HeliosEngine helios = await HeliosEngine.OpenInMemoryAsync();
Table<Account> accounts = await helios.TableAsync<Account>();
Table<Entry> entries = await helios.TableAsync<Entry>();

// Inserted, or changed where the key is there: several changes of one row in a commit are one.
await accounts.UpsertAsync([new Account(1, "ann", 100), new Account(2, "bob", 50)]);

// A transaction sees its own writes, and is begun again where it meets another one.
await helios.TransactAsync(async (transaction, _) =>
{
    Account ann = (await transaction.FindAsync(accounts, 1L))!;
    Account bob = (await transaction.FindAsync(accounts, 2L))!;
    transaction.Update(accounts, ann with { Balance = ann.Balance - 30 });
    transaction.Update(accounts, bob with { Balance = bob.Balance + 30 });
    transaction.Insert(entries, new Entry(0, 1, -30));
    transaction.Insert(entries, new Entry(0, 2, 30));
}, IsolationLevel.Serializable);
Console.WriteLine($"{await accounts.FindAsync(1L)}, {await entries.CountAsync()} entries");

// The check and the foreign key speak for themselves.
foreach (CommitReceipt refused in new[] { await accounts.TryInsertAsync(new Account(3, "eve", -1)), await entries.TryInsertAsync(new Entry(0, 99, 5)) })
    Console.WriteLine($"{refused.Error!.Code} of {refused.Error.Constraint}");

// A constraint can be added while writers go on: it holds at once, and the rows from before are looked at.
PendingConstraint moves = await helios.AddConstraintAsync("entries", new CheckConstraint("moves", "Amount <> 0"));
Console.WriteLine($"moves is valid: {(await moves.Completion).IsValid}");

// Entries go with their account, in the same commit.
CommitReceipt gone = await accounts.DeleteAsync(1L);
Console.WriteLine($"{gone.Rows} rows gone, {await entries.CountAsync()} entry left");

[HeliosTable("accounts"), Check("solvent", "Balance >= 0")]
public sealed record Account([property: Key] long Id, [property: Unique] string Owner, long Balance);

[HeliosTable("entries")]
public sealed record Entry(
    [property: Key, AutoIncrement] long Id,
    [property: References(typeof(Account), OnDelete = ReferentialAction.Cascade)] long Account,
    long Amount);
