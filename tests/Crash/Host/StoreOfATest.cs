using RocksDbSharp;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>Options of RocksDB for a store that is opened a thousand times: what costs at each open and tells a test nothing is off.</summary>
internal static class StoreOfATest
{
    private const int InfoLogFatal = 4;

    public static void Tune(nint options)
    {
        Native.Instance.rocksdb_options_set_info_log_level(options, InfoLogFatal);
        Native.Instance.rocksdb_options_set_max_file_opening_threads(options, 1);
    }
}
