namespace Helios.Pipeline.Ingestion.Tests;

internal enum Grade
{
    Low,
    Middle,
    High = 7,
}

internal interface INumbered
{
    int Number { get; }
}

/// <summary>A row with a column of every kind that conditions speak of, most of them once as nullable and once not.</summary>
internal sealed record Probe(
    int Number,
    int? Count,
    long Big,
    long? Huge,
    double Level,
    double? Rate,
    decimal Price,
    decimal? Wide,
    string Name,
    string? Note,
    DateTime When,
    DateTime? Until,
    Guid Id,
    Guid? Other,
    bool Flag,
    bool? Answer,
    Grade Grade,
    Grade? Better) : INumbered
{
    [Ignore]
    public int Ignored => Number;
}

/// <summary>The columns whose types are less usual.</summary>
internal sealed record Rarity
{
    public float Single { get; init; }

    public ulong Unsigned { get; init; }

    public uint Positive { get; init; }

    public short Small { get; init; }

    public byte[] Bytes { get; init; } = [];

    public DateOnly Day { get; init; }

    public TimeOnly Time { get; init; }

    public TimeSpan Span { get; init; }

    public DateTimeOffset Moment { get; init; }

    [Column(Type = Storage.ColumnType.Timestamptz)]
    public DateTime Zoned { get; init; }

    [Column("renamed column", Length = 5)]
    public string? Renamed { get; init; }

    [Column(Type = Storage.ColumnType.Jsonb)]
    public string? Json { get; init; }

    [Column(Type = Storage.ColumnType.Numeric)]
    public int Stretched { get; init; }

    public int[] Numbers { get; init; } = [];
}
