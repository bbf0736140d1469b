using System.Diagnostics;

namespace Helios.Pipeline;

/// <summary>The activity source <c>Helios.Pipeline</c>. Where nobody listens, nothing is made and every method takes null.</summary>
/// <remarks>
/// An activity here begins on one thread and ends on another, so none is ever <see cref="Activity.Current"/>: neither the
/// caller's code nor a stage finds itself inside it. Its parent is what was current where it began.
/// </remarks>
internal static class PipelineActivities
{
    public const string SourceName = PipelineMetrics.MeterName;
    public const string Commit = "helios.commit";
    public const string Recovery = "helios.recovery";
    public const string Checkpoint = "helios.checkpoint";

    private static readonly ActivitySource s_source = new(SourceName);

    public static bool IsWanted => s_source.HasListeners();

    /// <summary>Begins an activity; null where nobody wants it.</summary>
    public static Activity? Begin(string name)
    {
        if (!IsWanted)
            return null;
        var outer = Activity.Current;
        var activity = s_source.StartActivity(name);
        Activity.Current = outer;
        return activity;
    }

    public static void End(Activity? activity, string outcome)
    {
        if (activity is null)
            return;
        activity.SetTag("outcome", outcome);
        Stop(activity);
    }

    public static void Fail(Activity? activity, Exception error)
    {
        if (activity is null)
            return;
        activity.SetTag("outcome", error switch
        {
            Storage.HeliosException known => known.Code,
            OperationCanceledException => "canceled",
            _ => "internal",
        });
        activity.SetStatus(ActivityStatusCode.Error, error.Message);
        Stop(activity);
    }

    private static void Stop(Activity activity)
    {
        var outer = Activity.Current;
        activity.Stop(); // makes the parent current, which belongs to the thread where it began
        Activity.Current = outer;
    }
}
