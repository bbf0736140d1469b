using System.Runtime.ExceptionServices;

namespace Helios.Pipeline.Decoders.Tests;

/// <summary>Runs work on a thread of its own and fails when one input is not done in time: a loop without an end must not hang the tests.</summary>
/// <remarks>Progress decides, not the clock: only an input that is still the same one after the patience is over counts as endless.</remarks>
internal sealed class Watchdog(TimeSpan patience)
{
    private byte[] _current = [];

    /// <summary>Far more than any input here needs, on a machine however busy.</summary>
    public static TimeSpan Generous { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Names the input in hand.</summary>
    public void Now(byte[] bytes) => Volatile.Write(ref _current, bytes);

    public void Run(string name, Action work)
    {
        ExceptionDispatchInfo? failure = null;
        var worker = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        })
        { IsBackground = true, Name = name };
        worker.Start();

        var before = Volatile.Read(ref _current);
        while (!worker.Join(patience))
        {
            var now = Volatile.Read(ref _current);
            if (ReferenceEquals(before, now) && now.Length > 0)
                throw new DecoderFailure(BrokenRule.Ends, $"{name} has not ended after {patience.TotalSeconds} s: {DecoderRules.Hex(now)}.");
            before = now;
        }

        failure?.Throw();
    }
}
