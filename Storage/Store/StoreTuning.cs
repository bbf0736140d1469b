using RocksDbSharp;

namespace Helios.Pipeline.Storage;

/// <summary>Every RocksDB option that is not left alone, and why.</summary>
internal static class StoreTuning
{
    /// <summary>
    /// A memtable is switched by RocksDB itself when it reaches this many times the flush threshold. Its entries need more
    /// memory than their batch bytes, at most about 2.5 times, and a flush may begin late.
    /// </summary>
    private const int MemtableHeadroom = 4;

    /// <summary>Bits of filter per row. 10 give 1 % needless block reads, and a level in memory costs 1.25 bytes a row.</summary>
    private const double FilterBits = 10;

    private const int MaxOpenFiles = 768;

    /// <summary>Options of the database as a whole. The caller destroys them.</summary>
    /// <param name="options">What the opener chose.</param>
    /// <param name="create">May the store be created?</param>
    /// <param name="memory">The write-buffer manager made by <see cref="Memory"/>.</param>
    public static nint Database(StoreOptions options, bool create, nint memory)
    {
        var native = Native.Instance;
        var db = native.rocksdb_options_create();
        native.rocksdb_options_set_create_if_missing(db, Flag(create));
        native.rocksdb_options_set_create_missing_column_families(db, Flag(create));

        // Our log is the truth and RocksDB's own is off: only a flush of both families at once keeps rows and applied LSN together.
        native.rocksdb_options_set_atomic_flush(db, 1);

        // Atomic flush refuses pipelined writes, and there is one writer whom they could not help.
        native.rocksdb_options_set_enable_pipelined_write(db, 0);

        // One writer: the plain skip list insertion is cheaper, and it remembers where the last ascending key went.
        native.rocksdb_options_set_allow_concurrent_memtable_write(db, 0);

        // A closed engine may be fenced: what its log did not make durable must not become durable here. A clean close flushes first.
        native.rocksdb_options_set_avoid_flush_during_shutdown(db, 1);

        // After a failed flush RocksDB would resume by itself, and flush rows whose log is perhaps not synced. The owner reopens instead.
        native.rocksdb_options_set_max_bgerror_resume_count(db, 0);

        // The garbage collector cannot see this memory, so it is counted inside the cache's budget.
        native.rocksdb_options_set_write_buffer_manager(db, memory);

        native.rocksdb_options_set_max_background_jobs(db, options.BackgroundJobs);

        // Written files reach the disk steadily instead of in one long sync that would delay the log's.
        native.rocksdb_options_set_bytes_per_sync(db, 1 << 20);

        // Open files are bounded below the 1,024 descriptors that every process gets.
        native.rocksdb_options_set_max_open_files(db, MaxOpenFiles);

        // A damaged or exchanged file is an error when it is opened, never a wrong answer later.
        native.rocksdb_options_set_paranoid_checks(db, 1);
        native.rocksdb_options_set_verify_sst_unique_id_in_manifest(db, 1);
        native.rocksdb_options_set_flush_verify_memtable_count(db, 1);
        native.rocksdb_options_set_compaction_verify_record_count(db, 1);

        // A CRC-32C of every file as a whole stands in the manifest, so that a check covers each byte, blocks or not.
        var checksums = native.rocksdb_file_checksum_gen_crc32c_factory_create();
        native.rocksdb_options_set_file_checksum_gen_factory(db, checksums);
        native.rocksdb_file_checksum_gen_factory_destroy(checksums);

        // Its info log is for us, not for the user: small, few, without the periodic statistics.
        native.rocksdb_options_set_max_log_file_size(db, (nuint)(1 << 20));
        native.rocksdb_options_set_keep_log_file_num(db, (nuint)2);
        native.rocksdb_options_set_stats_dump_period_sec(db, 0);
        native.rocksdb_options_set_stats_persist_period_sec(db, 0);
        return db;
    }

    /// <summary>Options of one family. The caller destroys them.</summary>
    public static nint Family(StoreOptions options, bool rows, nint cache)
    {
        var native = Native.Instance;
        var family = native.rocksdb_options_create();
        native.rocksdb_options_set_compression(family, (int)options.Compression);

        // RocksDB must never switch memtables by itself: it would flush ahead of the log. We begin flushes far below this.
        native.rocksdb_options_set_write_buffer_size(family, (nuint)(options.FlushBytes * MemtableHeadroom));

        // One memtable is flushed while the next one fills; who would begin another flush meanwhile waits. So memory stays at two of them
        // however slow the disk is, from the first seconds of a long load to its end.
        native.rocksdb_options_set_max_write_buffer_number(family, 2);

        // Under atomic flush any other number silently becomes 1: say so.
        native.rocksdb_options_set_min_write_buffer_number_to_merge(family, 1);

        native.rocksdb_options_set_level0_file_num_compaction_trigger(family, 4);

        var table = native.rocksdb_block_based_options_create();

        // 4 KiB: what a cold point read checks, decompresses and finds memory for is the whole block, and half of that time is memory that the process
        // touches for the first time. Costs an index of 1.2 bytes a row, and one or two per cent of disk; scans are no slower.
        native.rocksdb_block_based_options_set_block_size(table, (nuint)(4 << 10));
        native.rocksdb_block_based_options_set_block_cache(table, cache);

        // Indexes and filters count against the budget too, ahead of data blocks. None is pinned: a file of level 0 that moves down as it
        // is, which is what ascending row ids make of nearly all of them, would keep its filter in memory for ever, 1.25 bytes a row.
        native.rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1);
        native.rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1);
        native.rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 0);
        native.rocksdb_block_based_options_set_filter_policy(table, native.rocksdb_filterpolicy_create_bloom_full(FilterBits));

        if (rows)
        {
            // A row's versions share all but the LSN. A filter over that prefix serves the exact read and the read as of an LSN;
            // one over whole keys would serve the first only.
            native.rocksdb_options_set_prefix_extractor(family, native.rocksdb_slicetransform_create_fixed_prefix(KeySpace.RowPrefixSize));
            native.rocksdb_block_based_options_set_whole_key_filtering(table, 0);

            // A read names a version that an index knows, so it is nearly always there: what compaction writes into the last level needs no filter to
            // say so. Saves 1.25 bytes of cache a row, and one of three looks at the cache in a cold read.
            native.rocksdb_options_set_optimize_filters_for_hits(family, 1);
        }

        native.rocksdb_options_set_block_based_table_factory(family, table);
        native.rocksdb_block_based_options_destroy(table);
        return family;
    }

    /// <summary>Charges memtables to the cache. The caller destroys it.</summary>
    /// <remarks>Its own limit is 0 = none: a limit would make RocksDB flush by itself, ahead of the log.</remarks>
    public static nint Memory(nint cache) => Native.Instance.rocksdb_write_buffer_manager_create_with_cache(0, cache, 0);

    /// <summary>How batches are written: without RocksDB's log. The caller destroys them.</summary>
    public static nint Writes()
    {
        var writes = Native.Instance.rocksdb_writeoptions_create();
        Native.Instance.rocksdb_writeoptions_disable_WAL(writes, 1);
        return writes;
    }

    /// <summary>How flushes are begun. The caller destroys them.</summary>
    public static nint Flushes(bool wait)
    {
        var flushes = Native.Instance.rocksdb_flushoptions_create();
        Native.Instance.rocksdb_flushoptions_set_wait(flushes, Flag(wait));

        // Rather wait here, where the owner expects it, than let the next write stall.
        Native.Instance.rocksdb_flushoptions_set_allow_write_stall(flushes, 0);
        return flushes;
    }

    private static byte Flag(bool value) => value ? (byte)1 : (byte)0;
}
