using System.Diagnostics;

namespace Helios.Pipeline.Load;

/// <summary>Asks an open candidate everything, in the order of the report, and compares each answer.</summary>
internal sealed class ReadRun(ReadCandidate candidate, Questions questions)
{
    private readonly Dictionary<string, double> _rates = [];

    /// <summary>Rates by the name of the measure.</summary>
    /// <exception cref="WrongAnswerException">An answer was wrong.</exception>
    public async Task<Dictionary<string, double>> RunAsync()
    {
        await MeasureAsync(ReadMeasure.Cold, questions.Keys.Length, questions.Points, () => candidate.PointsAsync(questions.Keys)).ConfigureAwait(false);
        await MeasureAsync(ReadMeasure.Warm, questions.Keys.Length, questions.Points, () => candidate.PointsAsync(questions.Keys)).ConfigureAwait(false);
        await MeasureAsync(ReadMeasure.Range, questions.Starts.Length, questions.Ranges, () => candidate.RangesAsync(questions.Starts, Questions.RangeLength)).ConfigureAwait(false);

        // The first one fills the caches: all that reads every row is measured warm.
        Compare(ReadMeasure.Scan, questions.Scan, await candidate.ScanAsync().ConfigureAwait(false));
        await MeasureAsync(ReadMeasure.Scan, questions.Count, questions.Scan, candidate.ScanAsync).ConfigureAwait(false);
        await ClusteredAsync().ConfigureAwait(false);
        await ScatteredAsync().ConfigureAwait(false);
        await CountAsync().ConfigureAwait(false);
        return _rates;
    }

    private async Task MeasureAsync(ReadMeasure measure, long units, Answer expected, Func<Task<Answer>> read)
    {
        var began = Stopwatch.GetTimestamp();
        var answer = await read().ConfigureAwait(false);
        Note(measure, units, began);
        Compare(measure, expected, answer);
    }

    private async Task ClusteredAsync()
    {
        var answers = new Answer[Questions.Predicates];
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < answers.Length; i++)
            answers[i] = await candidate.ClusteredAsync(questions.Times[i].From, questions.Times[i].To).ConfigureAwait(false);
        Note(ReadMeasure.Clustered, answers.Length, began);
        for (var i = 0; i < answers.Length; i++)
            Compare(ReadMeasure.Clustered, questions.Clustered[i], answers[i]);
    }

    private async Task ScatteredAsync()
    {
        var answers = new Answer[Questions.Predicates];
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < answers.Length; i++)
            answers[i] = await candidate.ScatteredAsync(Questions.Below).ConfigureAwait(false);
        Note(ReadMeasure.Scattered, answers.Length, began);
        foreach (var answer in answers)
            Compare(ReadMeasure.Scattered, questions.Scattered, answer);
    }

    private async Task CountAsync()
    {
        var counts = new long[Questions.Counts];
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < counts.Length; i++)
            counts[i] = await candidate.CountAsync().ConfigureAwait(false);
        Note(ReadMeasure.Count, counts.Length, began);
        foreach (var count in counts)
        {
            if (count != questions.Count)
                throw new WrongAnswerException($"{ReadMeasure.Count.Name}: {count} rows, not {questions.Count}.");
        }
    }

    private void Note(ReadMeasure measure, long units, long began) => _rates[measure.Name] = units / Stopwatch.GetElapsedTime(began).TotalSeconds;

    private static void Compare(ReadMeasure measure, Answer expected, Answer answer)
    {
        if (answer != expected)
            throw new WrongAnswerException($"{measure.Name}: {answer}, not {expected}.");
    }
}

/// <summary>A candidate read something else than was written.</summary>
internal sealed class WrongAnswerException(string message) : Exception(message);
