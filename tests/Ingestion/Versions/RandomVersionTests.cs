using Helios.Pipeline.Testing;
using Xunit.Abstractions;

namespace Helios.Pipeline.Ingestion.Tests;

public sealed class RandomVersionTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whatever_is_written_opened_and_collected_each_reader_sees_its_moment_and_nothing_dead_is_left(bool isEncrypted)
    {
        var random = Begin();
        using var fixture = new UnloggedFixture { Encryption = isEncrypted ? DatabaseFiles.Key(1) : null };
        await using var model = new VersionModel(random);
        await using (var engine = await HeliosEngine.OpenAsync(fixture.Path, fixture.Logged))
        {
            var table = await engine.TableAsync("things", EngineFixture.Schema);
            for (var step = 0; step < 250; step++)
                await StepAsync(engine, table, model, random);
            await model.CheckAsync(table);
            while (model.Open > 0)
                await model.CloseOneAsync();
            await engine.CollectVersionsAsync();
            Assert.Equal((0, 0), DeadLeft.In(engine));
            Assert.True(engine.Versions!.Versions > 0);
            await model.CheckAsync(table);
        }

        await UnloggedFixture.VerifyAsync(fixture.Path, fixture.Encryption);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_at_any_moment_everything_is_there_and_the_next_open_collects_the_rest(bool withoutLog)
    {
        var random = Begin();
        using var fixture = new UnloggedFixture();
        var options = withoutLog ? fixture.WithoutLog : fixture.Logged;
        var path = fixture.Path;
        var model = new VersionModel(random);
        for (var life = 0; life < 5; life++)
        {
            string copy;
            await using (var engine = await HeliosEngine.OpenAsync(path, options))
            {
                var table = await engine.TableAsync("things", EngineFixture.Schema);
                await model.CheckAsync(table);
                for (var step = random.Next(60); step >= 0; step--)
                    await StepAsync(engine, table, model, random);
                if (withoutLog)
                    await engine.CheckpointAsync(); // what is not flushed a kill takes
                await model.DisposeAsync();
                copy = fixture.Copy(path);
                model = model.After();
            }

            if (!withoutLog)
                await UnloggedFixture.VerifyAsync(copy);
            path = copy;
            await using (var engine = await HeliosEngine.OpenAsync(path, options))
            {
                var table = engine.FindTable("things")!;
                await model.CheckAsync(table);
                await engine.CheckpointAsync(); // without a log only what is flushed is durable
                await engine.CollectVersionsAsync();
                Assert.Equal((0, 0), DeadLeft.In(engine));
                await model.CheckAsync(table);
            }

            await UnloggedFixture.VerifyAsync(path);
        }

        await model.DisposeAsync();
    }

    private static async Task StepAsync(HeliosEngine engine, Table table, VersionModel model, Random random)
    {
        switch (random.Next(20))
        {
            case 0:
                await engine.CollectVersionsAsync();
                break;
            case 1:
                await model.OpenOneAsync(engine);
                break;
            case 2 when model.Open > 0:
                await model.CloseOneAsync();
                break;
            case 3:
                await model.CheckAsync(table);
                break;
            case 4 when random.Next(4) == 0:
                await engine.VacuumAsync("things");
                break;
            case 5 when random.Next(3) == 0:
                await engine.CheckpointAsync();
                break;
            default:
                await model.WriteAsync(engine, table);
                break;
        }
    }

    private Random Begin()
    {
        var seed = TestSeed.Next();
        output.WriteLine($"HELIOS_SEED={seed}");
        return new Random(seed);
    }
}
