namespace Helios.Pipeline.Model.Tests;

/// <summary>A row of every table of the model: three columns are enough for single, double and nullable keys.</summary>
internal readonly record struct ModelRow(long? A, string? B, long? C)
{
    public object? this[int column] => column switch { 0 => A, 1 => B, _ => C };

    public override string ToString() => $"({A?.ToString() ?? "null"},{B ?? "null"},{C?.ToString() ?? "null"})";
}
