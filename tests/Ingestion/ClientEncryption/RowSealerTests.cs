using System.Buffers.Binary;
using System.Text.Json;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>What a client seals comes back to whoever has the key, and to nobody else; every change and every move is told.</summary>
public sealed class RowSealerTests
{
    private readonly RowSealer _sealer = new(Clients.Schema, Clients.Key(1));

    public static TheoryData<ColumnType> Types => [.. Enum.GetValues<ColumnType>()];

    [Fact]
    public void The_engines_table_has_what_is_revealed_and_one_sealed_column()
    {
        var stored = Clients.Schema.Stored;
        Assert.Equal(
            [("Id", ColumnType.Int8, false), ("Clinic", ColumnType.Text, false), ("Insurance", ColumnType.Bytea, true), ("sealed", ColumnType.Bytea, false)],
            stored.Columns.Select(c => (c.Name, c.Type, c.IsNullable)));
        Assert.Equal(0, Assert.Single(stored.PrimaryKey));
        Assert.Equal(["Insurance"], Assert.Single(stored.Unique).Columns);
    }

    [Fact]
    public void An_object_comes_back_and_twice_sealed_gives_other_bytes()
    {
        var patient = Clients.Patient(7);
        var (one, two) = (_sealer.Seal(patient), _sealer.Seal(patient));
        Assert.Equal(patient, _sealer.Open<Patient>(one));
        Assert.Equal(patient, _sealer.Open<Patient>(two));
        Assert.NotEqual(Clients.SealedOf(one), Clients.SealedOf(two));
        Assert.Equal((byte[])one["Insurance"]!, (byte[])two["Insurance"]!);

        var withNull = patient with { Insurance = null, Weight = null };
        var stored = _sealer.Seal(withNull);
        Assert.Null(stored["Insurance"]);
        Assert.Equal(withNull, _sealer.Open<Patient>(stored));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_value_of_every_type_comes_back_from_where_it_was_sealed_plain_or_blind(ColumnType type)
    {
        var column = new Column("value", type) { ElementType = type == ColumnType.Array ? ColumnType.Int4 : null };
        var client = new TableSchema([new Column("id", ColumnType.Int8), column, column with { Name = "plain" }, column with { Name = "blind" }], primaryKey: ["id"]);
        var sealer = new RowSealer(new SealedSchema("types", client, plain: ["id", "plain"], blind: [new BlindIndex("blind")]), Clients.Key(2));
        foreach (var value in new[] { Value(type), null })
        {
            var row = new Row(client);
            (row["id"], row["value"], row["plain"], row["blind"]) = (1L, value, value, value);
            var stored = ThroughTheRowFormat(sealer.Seal(row)); // as the engine gives it back
            var opened = sealer.Open(stored);
            foreach (var name in new[] { "value", "plain", "blind" })
                Assert.Equal(JsonSerializer.Serialize(ThroughTheRowFormat(row)[name]), JsonSerializer.Serialize(opened[name]));
            if (value is not null)
            {
                Assert.Equal(16, ((byte[])stored["blind"]!).Length);
                Assert.Equal(sealer.Blind("blind", value), (byte[])stored["blind"]!);
            }
        }
    }

    [Fact]
    public void A_number_with_more_digits_than_decimal_has_may_be_plain()
    {
        var client = new TableSchema([new Column("id", ColumnType.Int8), new Column("n", ColumnType.Numeric)], primaryKey: ["id"]);
        var sealer = new RowSealer(new SealedSchema("numbers", client, plain: ["id", "n"]), Clients.Key(2));
        var row = new Row(client);
        (row["id"], row["n"]) = (1L, System.Numerics.BigInteger.Pow(10, 37));
        Assert.Equal("1" + new string('0', 37), sealer.Open(ThroughTheRowFormat(sealer.Seal(row)))["n"]);
    }

    [Fact]
    public void Every_bit_that_is_flipped_in_a_sealed_value_is_told()
    {
        var stored = _sealer.Seal(Clients.Patient(7), version: 3);
        var bytes = Clients.SealedOf(stored);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var flipped = (byte[])bytes.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            var error = Assert.Throws<HeliosException>(() => _sealer.Open(Clients.With(stored, "sealed", flipped)));
            Assert.Equal(bit / 8 == 0 && flipped[0] > 1 ? "format_too_new" : bit / 8 is >= 1 and <= 8 ? "key_mismatch" : "corrupt", error.Code);
        }

        for (var length = 0; length < bytes.Length; length++)
            Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => _sealer.Open(Clients.With(stored, "sealed", bytes[..length]))).Code);
    }

    [Fact]
    public void A_revealed_column_that_is_changed_is_told_and_so_is_a_sealed_value_that_was_moved_to_another_row()
    {
        var (one, two) = (_sealer.Seal(Clients.Patient(1)), _sealer.Seal(Clients.Patient(2)));
        Row[] forged =
        [
            Clients.With(one, "Id", 2L),
            Clients.With(one, "Clinic", "south"),
            Clients.With(one, "Insurance", two["Insurance"]),
            Clients.With(one, "Insurance", null),
            Clients.With(two, "sealed", one["sealed"]),
        ];
        Assert.All(forged, row =>
        {
            var error = Assert.Throws<HeliosException>(() => _sealer.Open(row));
            Assert.Equal((HeliosErrorKind.Corrupt, "corrupt", "patients"), (error.Kind, error.Code, error.Table));
        });
        Assert.Equal(1, _sealer.Open<Patient>(one).Id);
    }

    [Fact]
    public void A_sealed_row_of_another_table_or_schema_is_told()
    {
        var stored = _sealer.Seal(Clients.Patient(1));
        SealedSchema[] others =
        [
            SealedSchema.Of<Patient>(plain: ["Id", "Clinic"], blind: [new BlindIndex("Insurance")], table: "others"),
            new("patients", Renamed("Notes", "Remarks"), plain: ["Id", "Clinic"], blind: [new BlindIndex("Insurance")]),
        ];
        Assert.All(others, other => Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => new RowSealer(other, Clients.Key(1)).Open(stored)).Code));

        static TableSchema Renamed(string from, string to) => new(
            Clients.Schema.Client.Columns.Select(c => c.Name == from ? c with { Name = to } : c), ["Id"], Clients.Schema.Client.Unique);
    }

    [Fact]
    public void An_older_state_of_the_same_row_is_told_by_its_version_alone()
    {
        var (older, newer) = (_sealer.Seal(Clients.Patient(1), version: 1), _sealer.Seal(Clients.Patient(1) with { Notes = "new" }, version: 2));
        Assert.Equal("new", _sealer.Open<Patient>(newer, atLeast: 2).Notes);
        var error = Assert.Throws<HeliosException>(() => _sealer.Open<Patient>(older, atLeast: 2));
        Assert.Equal((HeliosErrorKind.Corrupt, "rolled_back"), (error.Kind, error.Code));
        Assert.Contains("has version 1, where 2", error.Message, StringComparison.Ordinal);

        // Who remembers no version cannot tell, and a forged version does not verify.
        Assert.Equal(1, _sealer.Open<Patient>(older).Id);
        var forged = (byte[])Clients.SealedOf(older).Clone();
        BinaryPrimitives.WriteInt64LittleEndian(forged.AsSpan(9), 2);
        Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => _sealer.Open(Clients.With(older, "sealed", forged), atLeast: 2)).Code);
        Assert.Throws<ArgumentOutOfRangeException>(() => _sealer.Seal(Clients.Patient(1), version: -1));
    }

    [Fact]
    public void Another_clients_key_opens_nothing_and_is_named()
    {
        var stored = _sealer.Seal(Clients.Patient(1));
        using var mine = Clients.Key(1);
        var error = Assert.Throws<HeliosException>(() => new RowSealer(Clients.Schema, Clients.Key(2)).Open(stored));
        Assert.Equal((HeliosErrorKind.Unavailable, "key_mismatch"), (error.Kind, error.Code));
        Assert.Contains(mine.Id, error.Message, StringComparison.Ordinal);

        // Nor under a forged id.
        using var other = Clients.Key(2);
        var forged = (byte[])Clients.SealedOf(stored).Clone();
        Convert.FromHexString(other.Id).CopyTo(forged, 1);
        Assert.Equal("corrupt", Assert.Throws<HeliosException>(() => new RowSealer(Clients.Schema, other).Open(Clients.With(stored, "sealed", forged))).Code);
    }

    [Fact]
    public void After_a_change_of_the_key_old_rows_open_and_blind_values_stay_where_their_key_does()
    {
        var old = _sealer.Seal(Clients.Patient(1));
        var changed = new RowSealer(Clients.Schema, Clients.Key(2), Clients.Key(1));
        var next = changed.Seal(Clients.Patient(1));
        Assert.Equal(Clients.Patient(1), changed.Open<Patient>(old));
        Assert.Equal(Clients.Patient(1), changed.Open<Patient>(next));
        Assert.Equal("key_mismatch", Assert.Throws<HeliosException>(() => _sealer.Open(next)).Code);

        Assert.NotEqual((byte[])old["Insurance"]!, (byte[])next["Insurance"]!);
        Assert.All([old, next], row => Assert.True(changed.Matches(row, "Insurance", "AB-1")));
        Assert.All([old, next], row => Assert.False(changed.Matches(row, "Insurance", "AB-2")));

        var kept = new RowSealer(Clients.Schema, Clients.Key(2), Clients.Key(1)) { BlindKey = Clients.Key(1) };
        Assert.Equal((byte[])old["Insurance"]!, (byte[])kept.Seal(Clients.Patient(1))["Insurance"]!);
        Assert.Equal((byte[])old["Insurance"]!, kept.Blind("Insurance", "AB-1"));
    }

    [Fact]
    public void Equal_values_have_one_hash_in_a_column_and_others_in_another_column_table_or_under_another_key()
    {
        var client = new TableSchema([new Column("id", ColumnType.Int8), new Column("a", ColumnType.Numeric), new Column("b", ColumnType.Numeric)], primaryKey: ["id"]);
        BlindIndex[] blind = [new("a"), new("b") { Bytes = 4 }];
        var sealer = new RowSealer(new SealedSchema("t", client, ["id"], blind), Clients.Key(1));
        Assert.Equal(sealer.Blind("a", 1.0m), sealer.Blind("a", 1.00m)); // as in a key
        Assert.NotEqual(sealer.Blind("a", 1m), sealer.Blind("a", 2m));
        Assert.NotEqual(sealer.Blind("a", 1m)[..4], sealer.Blind("b", 1m));
        Assert.Equal(4, sealer.Blind("b", 1m).Length);
        Assert.NotEqual(sealer.Blind("a", 1m), new RowSealer(new SealedSchema("u", client, ["id"], blind), Clients.Key(1)).Blind("a", 1m));
        Assert.NotEqual(sealer.Blind("a", 1m), new RowSealer(sealer.Schema, Clients.Key(2)).Blind("a", 1m));
        Assert.Throws<ArgumentException>(() => sealer.Blind("id", 1L));
        Assert.Equal("type_mismatch", Assert.Throws<HeliosException>(() => sealer.Blind("a", "one")).Code);
    }

    [Fact]
    public void Lengths_tell_the_multiple_they_are_filled_up_to_and_another_multiple_still_opens()
    {
        var lengths = Enumerable.Range(0, 200).Select(n => Clients.SealedOf(_sealer.Seal(Clients.Patient(1) with { Notes = new string('n', n) })).Length - 61).ToHashSet();
        Assert.All(lengths, length => Assert.Equal(0, length % 64));
        Assert.InRange(lengths.Count, 3, 5);

        var schema = SealedSchema.Of<Patient>(plain: ["Id", "Clinic"], blind: [new BlindIndex("Insurance")]);
        foreach (var padTo in new[] { 1, 3, 1024 })
        {
            var other = new RowSealer(new SealedSchema("patients", schema.Client, ["Id", "Clinic"], [new BlindIndex("Insurance")]) { PadTo = padTo }, Clients.Key(1));
            var stored = other.Seal(Clients.Patient(1));
            Assert.Equal(0, (Clients.SealedOf(stored).Length - 61) % padTo);
            Assert.Equal(Clients.Patient(1), _sealer.Open<Patient>(stored));
        }
    }

    [Fact]
    public void A_row_that_breaks_a_rule_of_its_table_is_not_sealed()
    {
        var row = new Row(Clients.Schema.Client);
        (row["Id"], row["Clinic"]) = (1L, "north");
        var error = Assert.Throws<HeliosException>(() => _sealer.Seal(row)); // Notes take no NULL: the engine could not know
        Assert.Equal(("not_null", "Notes"), (error.Code, error.Column));
        row["Notes"] = 5;
        Assert.Equal("type_mismatch", Assert.Throws<HeliosException>(() => _sealer.Seal(row)).Code);
        Assert.Throws<ArgumentException>(() => _sealer.Open(row));
        Assert.Throws<ArgumentException>(() => _sealer.Seal(new { Id = 1 }));
    }

    [Fact]
    public void A_schema_that_would_not_work_is_refused()
    {
        var client = Clients.Schema.Client;
        BlindIndex[] insurance = [new("Insurance")];
        var noKey = new TableSchema([new Column("a", ColumnType.Text)]);
        Action[] refused =
        [
            () => _ = new SealedSchema("t", noKey),
            () => _ = new SealedSchema("t", client, ["Clinic"], insurance),                              // the primary key is hidden
            () => _ = new SealedSchema("t", client, ["Id"]),                                             // a unique column is hidden
            () => _ = new SealedSchema("t", client, ["Id"], [new BlindIndex("Insurance") { Bytes = 8 }]), // and unique at 64 bits is not unique
            () => _ = new SealedSchema("t", client, ["Id", "Insurance"], insurance),
            () => _ = new SealedSchema("t", client, ["Id", "None"], insurance),
            () => _ = new SealedSchema("t", new TableSchema([new Column("sealed", ColumnType.Int4)], ["sealed"]), ["sealed"]),
            () => _ = new SealedSchema(new string('t', 129), client, ["Id"], insurance),
        ];
        Assert.All(refused, make => Assert.ThrowsAny<ArgumentException>(make));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BlindIndex("a") { Bytes = 17 });
    }

    private static object Value(ColumnType type) => type switch
    {
        ColumnType.Boolean => true,
        ColumnType.Int2 => (short)-2,
        ColumnType.Int4 => 1_000_003,
        ColumnType.Int8 => long.MinValue,
        ColumnType.Float4 => 1.5f,
        ColumnType.Float8 => -0.1,
        ColumnType.Numeric => 12.300m,
        ColumnType.Varchar or ColumnType.Text => "Øyer 🚲",
        ColumnType.Char => "char  ",
        ColumnType.Bytea => new byte[] { 0, 255, 7 },
        ColumnType.Date => new DateOnly(2020, 2, 29),
        ColumnType.Time => new TimeOnly(12, 34, 56),
        ColumnType.Timestamp => new DateTime(2021, 3, 4, 5, 6, 7, DateTimeKind.Unspecified),
        ColumnType.Timestamptz => new DateTimeOffset(2022, 3, 4, 5, 6, 7, TimeSpan.FromHours(2)),
        ColumnType.Interval => TimeSpan.FromMilliseconds(-50),
        ColumnType.Uuid => new Guid("0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"),
        ColumnType.Json or ColumnType.Jsonb => JsonDocument.Parse("{\"b\": 1.0, \"a\": [1, null]}").RootElement,
        ColumnType.Array => new int?[] { 1, null, -3 },
        ColumnType.Vector => new[] { 1f, 2.5f },
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "A new type needs a value here."),
    };

    private static Row ThroughTheRowFormat(Row row)
    {
        using var bytes = new ByteBuffer();
        row.Write(new TableDefinition(new TableId(16), 16, "t", 1, row.Schema), bytes);
        return Row.Read(row.Schema, bytes.Written);
    }
}
