using RocksDbSharp;

namespace Helios.Pipeline.Storage;

/// <summary>Turns off RocksDB's counting of what each thread does: nobody reads those counters, and a scan spends a tenth of its time on them.</summary>
/// <remarks>The level is the thread's, and may be set as often as one likes; what is remembered here only spares the call.</remarks>
internal static class PerfLevel
{
    private const int Disabled = 1; // rocksdb/perf_level.h: kDisable

    [ThreadStatic]
    private static bool s_isOff;

    /// <summary>For the calling thread.</summary>
    public static void TurnOff()
    {
        if (s_isOff)
            return;
        Native.Instance.rocksdb_set_perf_level(Disabled);
        s_isOff = true;
    }
}
