using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;
using Xunit.Abstractions;

namespace Helios.Pipeline.Ingestion.Tests.Concurrency;

/// <summary>Several callers change a few rows at once and await nothing: in the order of the LSNs each merge has seen what the change before it left.</summary>
public sealed class HotKeyModelTests(ITestOutputHelper output)
{
    private const int Callers = 4, Changes = 400, Keys = 3;

    private static readonly TableSchema s_schema = new(
        [new Column("id", ColumnType.Int8), new Column("text", ColumnType.Text)], ["id"], checks: [new CheckConstraint("said", "text <> ''")]);

    [Fact]
    public async Task Changes_of_a_few_rows_by_several_callers_form_one_history_of_each_row()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HELIOS_SEED={seed}");
        await using var fixture = new EngineFixture();
        await using var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Options());
        var table = await engine.TableAsync("hot", s_schema);
        var all = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => SendAsync(table, new Random(seed + caller), caller))));
        for (var key = 0L; key < Keys; key++)
        {
            foreach (var mine in all)
                CheckOrder([.. mine.Where(change => change.Key == key && change.Kind == Kind.Merge && change.Outcome == Outcome.Written)]);
            CheckHistory([.. all.SelectMany(static mine => mine).Where(change => change.Key == key)], (string?)(await table.FindAsync(key))?["text"]);
        }

        output.WriteLine(string.Join(", ", all.SelectMany(static mine => mine).GroupBy(static change => $"{change.Kind} {change.Outcome}").Select(static group => $"{group.Key} {group.Count()}")));
        Assert.Equal(0, engine.Turns.Count);
    }

    private static async Task<List<HotChange>> SendAsync(Table table, Random random, int caller)
    {
        var (sent, told) = (new List<HotChange>(), new List<Task>());
        for (var i = 0; i < Changes; i++)
        {
            var cancels = random.Next(10) == 0 ? new CancellationTokenSource() : null;
            var change = new HotChange(table, random.Next(Keys), random.Next(12), $"{caller}-{i}", cancels?.Token ?? default);
            sent.Add(change);
            told.Add(change.RunAsync());
            cancels?.Cancel();
            if (random.Next(40) == 0)
                await Task.WhenAll(told);
        }

        await Task.WhenAll(told);
        return sent;
    }

    private static void CheckOrder(HotChange[] merges)
    {
        foreach (var (one, next) in merges.Zip(merges.Skip(1)))
            Assert.True(one.Lsn < next.Lsn, $"{next} was called after {one}");
    }

    /// <summary>What was given up may have been written all the same, or not.</summary>
    private static void CheckHistory(HotChange[] changes, string? stored)
    {
        var perhaps = changes.Where(static change => change.Outcome == Outcome.GivenUp).ToDictionary(static change => change.Text);
        string? state = null;
        foreach (var change in changes.Where(static change => change.Outcome == Outcome.Written).OrderBy(static change => change.Lsn))
        {
            // Where there was no row nobody asked the merge, or not the last time.
            if (change.Kind == Kind.Merge && state is not null)
                Assert.True(Follows(change.Seen, state), $"{change} saw '{change.Seen}', and the row was '{state}'");
            state = change.Kind == Kind.Delete ? null : change.Text;
        }

        Assert.True(Follows(stored, state), $"the row is '{stored}', and was to be '{state}'");

        bool Follows(string? seen, string? before)
        {
            while (seen != before)
            {
                if (seen is null || !perhaps.Remove(seen, out var given))
                    return false;
                if (given.Kind != Kind.Merge || given.Seen is null || before is null)
                    return true; // it rests on nothing
                seen = given.Seen;
            }

            return true;
        }
    }

    private enum Kind
    {
        Merge,
        Broken,
        Left,
        Update,
        Delete,
    }

    private enum Outcome
    {
        Written,
        Nothing,
        Refused,
        GivenUp,
    }

    private sealed class HotChange(Table table, long key, int dice, string text, CancellationToken token)
    {
        private int _answers;

        public long Key => key;

        public string Text => text;

        public Kind Kind { get; } = dice switch { 0 => Kind.Broken, 1 => Kind.Left, 2 => Kind.Update, 3 => Kind.Delete, _ => Kind.Merge };

        /// <summary>What the last call of the merge was given; null where there was no row.</summary>
        public string? Seen { get; private set; }

        public Outcome Outcome { get; private set; }

        public Lsn Lsn { get; private set; }

        public async Task RunAsync()
        {
            try
            {
                var receipt = await Write();
                (Lsn, Outcome) = (receipt.Rows == 1 ? receipt.Lsn : default, receipt.Rows == 1 ? Outcome.Written : Outcome.Nothing);
            }
            catch (OperationCanceledException) when (token.IsCancellationRequested)
            {
                Outcome = Outcome.GivenUp;
            }
            catch (HeliosException error) when (error.Code == "check_violation" && Kind == Kind.Broken)
            {
                Outcome = Outcome.Refused;
            }

            Assert.Equal(1, Interlocked.Increment(ref _answers));
        }

        public override string ToString() => $"{Kind} '{text}' of row {key}, LSN {Lsn}, {Outcome}";

        private ValueTask<CommitReceipt> Write() => Kind switch
        {
            Kind.Update => table.UpdateAsync(Row(text), token),
            Kind.Delete => table.DeleteAsync(key),
            _ => table.UpsertAsync(Row(Kind == Kind.Broken ? "" : text), Merge, token),
        };

        private Row? Merge(Row stored, Row row)
        {
            Seen = (string)stored["text"]!;
            return Kind == Kind.Left ? null : row;
        }

        private Row Row(string? content)
        {
            var row = table.NewRow();
            (row["id"], row["text"]) = (key, content);
            return row;
        }
    }
}
