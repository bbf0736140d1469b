namespace Helios.Pipeline.Cli;

/// <summary>What <c>--help</c> shows below the options.</summary>
internal static class Examples
{
    private const string ExitCodeLines = """
        Exit codes:
          0  done (rejected records included)     1  wrong use or input, nothing found
          2  damaged                              3  locked by another process
          4  stopped by disk or fault: what was acknowledged holds, run the same command again
          5  more rejects than --max-rejects      130, 143  stopped by Ctrl-C, SIGTERM
        """;

    public static string For(string command) => Text(command) + "\n";

    private static string Text(string command) => command switch
    {
        "ingest" => """
            Examples:
              helios ingest trips.csv --db data --table trips --key id
              helios ingest trips.csv --db data --table trips --type fare=numeric --rejects bad.ndjson
              zcat events.ndjson.gz | helios ingest - --db data --table events --format ndjson --json

            Running a command again is safe: it goes on after the last stored record.
            Types are inferred from the first 10,000 records. They can be named:
              boolean, int2, int4, int8, float4, float8, numeric, varchar(n), text, char(n), bytea, date,
              time, timestamp, timestamptz, interval, uuid, json, jsonb, vector(n), arrays such as text[]
            """ + "\n\n" + ExitCodeLines,
        "count" => """
            Examples:
              helios count --db data --table trips
              helios count --db data --table trips --where "fare > 100"
            """,
        "get" => """
            Examples:
              helios get --db data --table trips --key 100001
              helios get --db data --table fares --key Oslo --key 2024-05-01     (a key of two columns)
            """,
        "scan" => """
            Examples:
              helios scan --db data --table trips --limit 10
              helios scan --db data --table trips --where "fare > 10 and city in ('Oslo', 'Bergen')"
              helios scan --db data --table trips --order-by "fare desc" --limit 5 --column id --column fare
              helios scan --db data --table trips --format csv > trips.csv
            """,
        "explain" => """
            Examples:
              helios explain --db data --table trips --where "id between 100 and 200"
              helios explain --db data --table trips --where "fare > 100" --plan --json
              helios explain pipeline --dir data
            """,
        "pipeline" => """
            Examples:
              helios explain pipeline --dir data
              helios explain pipeline --dir data --durability batched --commit-rows 100 --in-flight 64 --json
            """,
        "tables" => """
            Examples:
              helios tables --db data
              helios tables --db data --json
            """,
        "stats" => """
            Examples:
              helios stats --db data
              helios stats --db data --table trips --json
            """,
        "inspect" => """
            Examples:
              helios inspect --db data
              helios inspect --db data --json
            """,
        "verify" => """
            Examples:
              helios verify --db data && echo sound
              helios verify --db secret --encryption-key-file /etc/helios.key
            """,
        "maintain" => """
            Examples:
              helios maintain --db data
              helios maintain vacuum --db data --table trips
              helios maintain scrub --db data --json || echo damaged

            An open engine does all of this by itself, bit by bit. At once it is worth while after a mass delete or a load,
            and the scrub before an old backup is dropped. Stopped in the middle, what is done stays done.
            """,
        "rotate-key" => """
            Examples:
              helios rotate-key --db data --encryption-key-file old.key --new-key-file new.key
              helios rotate-key --db data --encryption-key-file old.key --new-password-file password

            The key is 32 random bytes: openssl rand -hex 32 > new.key && chmod 600 new.key
            A run that is killed leaves the database under one of the two keys: keep both until it has answered.
            What is written from now on is closed to the old key, also with an old copy of the file keys.
            What was written before is not: copy the rows into a new database where the old key is known to others.
            """,
        "backup" => """
            Examples:
              helios backup --db data --to backups
              helios backup --db data --to backups --json

            Run it again into the same directory: files that an earlier backup has are not copied again.
            Delete a NUMBER.manifest there to drop a backup; the next one removes the files that no other needs.
            """,
        "verify-backup" => """
            Examples:
              helios verify-backup --from backups && echo sound
              helios verify-backup --from backups --id 3
            """,
        "restore" => """
            Examples:
              helios restore --from backups --db restored
              helios restore --from backups --db restored --id 3

            A database is restored into a new or empty directory only. Killed in the middle there is none: run it again.
            """,
        _ => """
            Examples:
              helios ingest trips.csv --db data --table trips --key id
              helios count --db data --table trips
              helios get --db data --table trips --key 100001
              helios scan --db data --table trips --limit 3
            """ + "\n\n" + ExitCodeLines,
    };
}
