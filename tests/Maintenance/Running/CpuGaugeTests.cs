using Microsoft.Extensions.Time.Testing;

namespace Helios.Pipeline.Maintenance.Tests;

public sealed class CpuGaugeTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void The_share_is_that_of_all_processors_since_it_was_asked_last()
    {
        var gauge = new CpuGauge(_time, _file);
        File.WriteAllText(_file, "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2 3\n");
        Assert.Null(gauge.Sample());
        File.WriteAllText(_file, "cpu  200 0 200 900 100 0 0 0 0 0\ncpu0 1 2 3\n");
        Assert.Equal(0.5, gauge.Sample());
    }

    [Theory]
    [InlineData("")]
    [InlineData("cpu  100 0\n")]
    [InlineData("cpu  a b c d e f g h\n")]
    public void Where_the_system_hides_its_figures_those_of_the_process_stand_for_them(string content)
    {
        File.WriteAllText(_file, content);
        var gauge = new CpuGauge(_time, _file);
        Assert.Null(gauge.Sample());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.InRange(Assert.NotNull(gauge.Sample()), 0, 1);
    }

    [Fact]
    public void Figures_of_the_process_are_never_compared_with_those_of_the_machine()
    {
        File.WriteAllText(_file, "cpu  100 0 100 700 100 0 0 0 0 0\n");
        var gauge = new CpuGauge(_time, _file);
        Assert.Null(gauge.Sample());
        File.Delete(_file);
        Assert.Null(gauge.Sample());
    }
}
