namespace Helios.Pipeline.Load;

/// <summary>Threads that begin together; a failure of one is the caller's.</summary>
internal static class Parallelism
{
    public static void Run(int count, Action<int> work)
    {
        if (count == 1)
        {
            work(0);
            return;
        }

        using var start = new ManualResetEventSlim();
        var failures = new Exception?[count];
        var threads = new Thread[count];
        for (var i = 0; i < count; i++)
        {
            var number = i;
            threads[i] = new Thread(() =>
            {
                start.Wait();
                try
                {
                    work(number);
                }
                catch (Exception error)
                {
                    failures[number] = error;
                }
            });
            threads[i].Start();
        }

        start.Set();
        foreach (var thread in threads)
            thread.Join();
        var failed = failures.OfType<Exception>().ToArray();
        if (failed.Length > 0)
            throw new AggregateException(failed);
    }
}
