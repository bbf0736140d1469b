using System.Collections.Immutable;

namespace Helios.Pipeline.Ingestion;

/// <summary>Types of the columns of a CSV header.</summary>
internal sealed class CsvTypeInference(ImmutableArray<string> names, byte delimiter) : TypeInference
{
    private readonly ValueShape[] _shapes = new ValueShape[names.Length];
    private readonly FieldScratch _scratch = new();

    public override ImmutableArray<InferredColumn> Columns =>
        [.. names.Select((name, i) => new InferredColumn(name, Resolve(_shapes[i])))];

    protected override void ObserveFields(ReadOnlySpan<byte> record)
    {
        if (new CsvFields(record, delimiter, _scratch).Finish(names.Length) is not null)
            return;

        var fields = new CsvFields(record, delimiter, _scratch);
        while (fields.MoveNext())
        {
            if (!fields.IsNull)
                _shapes[fields.Index] |= ValueShapes.OfText(fields.Value);
        }
    }
}
