using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>What a patient's own application keeps of them; the plate of the tests.</summary>
[HeliosTable("patients")]
public sealed record Patient([property: Key] long Id, string Clinic, [property: Unique("insurance")] string? Insurance, string Notes, double? Weight);

/// <summary>Keys that follow from a number, and the schema of the tests.</summary>
internal static class Clients
{
    public static readonly SealedSchema Schema = SealedSchema.Of<Patient>(plain: ["Id", "Clinic"], blind: [new BlindIndex("Insurance")]);

    public static ClientKey Key(int seed)
    {
        var key = new byte[ClientKey.Size];
        new Random(seed).NextBytes(key);
        return ClientKey.FromBytes(key);
    }

    public static Patient Patient(long id) => new(id, "north", $"AB-{id}", $"notes of {id}", id + 0.5);

    public static byte[] SealedOf(Row stored) => (byte[])stored[SealedSchema.SealedColumn]!;

    /// <summary>The same row with other bytes in the column.</summary>
    public static Row With(Row stored, string column, object? value)
    {
        var other = new Row(stored.Schema);
        for (var i = 0; i < stored.Schema.Columns.Length; i++)
            other[i] = stored[i];
        other[column] = value;
        return other;
    }
}
