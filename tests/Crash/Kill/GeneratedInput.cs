using System.Globalization;
using System.Text;

namespace Helios.Pipeline.Crash.Tests;

/// <summary>
/// A CSV file that follows from its seed, and the oracle: which records are stored, and why the others are not. It has duplicate keys
/// (mostly of records just before, so that they meet commits in flight), wrong types, missing keys, ragged records, quoted line feeds.
/// </summary>
internal sealed class GeneratedInput
{
    public static readonly string[] TypeArguments = ["--type", "id=int8", "--type", "name=text", "--type", "amount=int8"];

    private readonly Random _random;
    private readonly List<InputRecord> _stored = [];

    private GeneratedInput(string path, int seed, int records)
    {
        _random = new Random(seed);
        Path = path;
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false)) { NewLine = "\n" };
        const string Header = "id,name,amount\n";
        file.Write(Header);
        var offset = (long)Header.Length;
        for (var number = 1; number <= records; number++)
        {
            var (text, record) = Make(number, offset);
            file.Write(text);
            offset += Encoding.UTF8.GetByteCount(text);
            Records.Add(record);
            if (record.Code is null)
                _stored.Add(record);
        }
    }

    public string Path { get; }

    public List<InputRecord> Records { get; } = [];

    public IReadOnlyList<InputRecord> Stored => _stored;

    public IEnumerable<InputRecord> Rejected => Records.Where(r => r.Code is not null);

    public static GeneratedInput Write(string path, int seed, int records) => new(path, seed, records);

    /// <summary>Records up to a number that must be stored.</summary>
    public int StoredUpTo(long number) => Records.Take((int)number).Count(r => r.Code is null);

    private (string Text, InputRecord Record) Make(int number, long offset)
    {
        var id = ((long)number * 3) + 1;
        var amount = _random.Next(10) == 0 ? (long?)null : _random.NextInt64(-1_000_000, 1_000_000);
        var (name, quoted) = Name();
        var record = new InputRecord(number, offset, null, id, name, amount);
        var kind = _random.Next(100);
        if (kind < 3 && _stored.Count > 0)
            record = record with { Code = "duplicate_key", Id = _stored[^_random.Next(1, Math.Min(200, _stored.Count) + 1)].Id };
        var (first, last) = (Text(record.Id), amount is { } value ? Text(value) : "");
        switch (kind)
        {
            case 3 or 4:
                return ($"{first},{quoted},no number\n", record with { Code = "type_mismatch" });
            case 5:
                return ($"{first},{quoted}\n", record with { Code = "column_count" });
            case 6:
                return ($"{first},{quoted},{last},more\n", record with { Code = "column_count" });
            case 7:
                return ($",{quoted},{last}\n", record with { Code = "not_null" });
            default:
                return ($"{first},{quoted},{last}\n", record);
        }
    }

    private (string Value, string Field) Name()
    {
        var plain = new string((char)('a' + _random.Next(26)), _random.Next(1, 60));
        if (_random.Next(8) != 0)
            return (plain, plain);
        var value = $"{plain}\nsecond line, \"quoted\" é";
        return (value, "\"" + value.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"");
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
