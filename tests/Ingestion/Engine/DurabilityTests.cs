using System.Diagnostics.Metrics;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>What an answer waits for.</summary>
public sealed class DurabilityTests
{
    [Fact]
    public async Task A_queued_commit_that_is_refused_later_is_counted_and_kept_for_its_session()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await table.InsertAsync(EngineFixture.Row(table, 1));
            using var session = engine.OpenSession();
            session.Insert(table, EngineFixture.Row(table, 1));
            Assert.Equal(1, (await session.CommitAsync(Durability.Queued)).Rows);
            await table.InsertAsync(EngineFixture.Row(table, 2)); // behind it in the order
            Assert.Equal(1, session.RefusedAfterQueued);
            Assert.Equal("duplicate_key", session.LastRefusal!.Code);
        }
    }

    [Fact]
    public async Task Commits_of_one_session_get_their_lsns_in_the_order_of_the_calls()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync(SafetyLevel.Unsafe);
        await using (engine)
        {
            using var session = engine.OpenSession();
            var answers = new List<Task<CommitReceipt>>();
            for (var i = 0; i < 300; i++)
            {
                // Large and small commits take different ways through Validate.
                for (var r = 0; r < (i % 3 == 0 ? 40 : 1); r++)
                    session.Insert(table, EngineFixture.Row(table, (i * 100L) + r));
                answers.Add(session.CommitAsync().AsTask());
            }

            var lsns = (await Task.WhenAll(answers)).Select(r => r.Lsn.Value).ToArray();
            Assert.Equal(lsns.Order(), lsns);
            Assert.Equal(300, lsns.Distinct().Count());
        }
    }

    [Fact]
    public async Task The_meter_shows_commits_and_stages()
    {
        var seen = new HashSet<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == "Helios.Pipeline")
                    l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => Note(instrument));
        listener.SetMeasurementEventCallback<long>((instrument, _, _, _) => Note(instrument));
        listener.SetMeasurementEventCallback<int>((instrument, _, _, _) => Note(instrument));
        listener.Start();

        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        await using (engine)
        {
            await table.InsertAsync(EngineFixture.Row(table, 1));
            listener.RecordObservableInstruments();
        }

        lock (seen)
            Assert.Superset(new HashSet<string> { "helios.stage.duration", "helios.stage.run.size", "helios.commit.duration", "helios.log.written", "helios.log.sync.duration", "helios.mailbox.depth" }, seen);

        void Note(Instrument instrument)
        {
            lock (seen)
                seen.Add(instrument.Name);
        }
    }

    [Fact]
    public async Task An_engine_in_memory_takes_rows_and_leaves_nothing_behind()
    {
        string path;
        await using (var engine = await HeliosEngine.OpenInMemoryAsync())
        {
            path = engine.Path;
            var table = await engine.TableAsync("things", EngineFixture.Schema);
            await table.InsertAsync(EngineFixture.Row(table, 1));
            Assert.NotNull(await table.FindAsync(1L));
        }

        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public async Task A_closed_engine_refuses_writes_and_reads()
    {
        await using var fixture = new EngineFixture();
        var (engine, table) = await fixture.OpenAsync();
        var session = engine.OpenSession();
        session.Insert(table, EngineFixture.Row(table, 1));
        await engine.DisposeAsync();
        await engine.DisposeAsync();
        Assert.Equal(HeliosErrorKind.Closed, (await Assert.ThrowsAsync<HeliosException>(async () => await session.CommitAsync())).Kind);
        Assert.Equal(HeliosErrorKind.Closed, (await Assert.ThrowsAsync<HeliosException>(async () => await table.FindAsync(1L))).Kind);
    }
}
