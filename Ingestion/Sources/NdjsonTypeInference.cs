using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Columns and types of NDJSON: the union of all fields in order of first appearance.</summary>
/// <remarks>
/// A field whose name no column can have (empty, over 128 bytes, more than 1,600 of them) becomes none: its
/// records are rejected as <c>unknown_column</c> later.
/// </remarks>
internal sealed class NdjsonTypeInference : TypeInference
{
    private readonly FieldScratch _scratch = new();
    private readonly Dictionary<string, int> _ordinals = new(StringComparer.Ordinal);
    private readonly List<(string Name, ValueShape Shapes)> _columns = [];
    private readonly Dictionary<string, ValueShape> _record = new(StringComparer.Ordinal);

    public override ImmutableArray<InferredColumn> Columns =>
        [.. _columns.Select(c => new InferredColumn(c.Name, Resolve(c.Shapes)))];

    protected override void ObserveFields(ReadOnlySpan<byte> record)
    {
        var names = new List<string>();
        _record.Clear();
        var fields = new JsonObjectFields(record, _scratch);
        while (fields.MoveNext())
        {
            var name = Encoding.UTF8.GetString(fields.Name);
            if (!_record.TryAdd(name, ShapeOf(fields.Kind, fields.Value)))
                return; // a name twice: the record will be rejected
            names.Add(name);
        }

        if (fields.Fault is not null)
            return;
        foreach (var name in names)
            Add(name, _record[name]);
    }

    private void Add(string name, ValueShape shape)
    {
        if (_ordinals.TryGetValue(name, out var ordinal))
        {
            _columns[ordinal] = (name, _columns[ordinal].Shapes | shape);
        }
        else if (_columns.Count < TableSchema.MaxColumns && name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= TableSchema.MaxNameBytes)
        {
            _ordinals.Add(name, _columns.Count);
            _columns.Add((name, shape));
        }
    }

    private static ValueShape ShapeOf(JsonTokenType kind, ReadOnlySpan<byte> value) => kind switch
    {
        JsonTokenType.Null => ValueShape.None,
        JsonTokenType.True or JsonTokenType.False => ValueShape.Boolean,
        JsonTokenType.Number => ValueShapes.OfJsonNumber(value),
        JsonTokenType.String => ValueShapes.OfString(value),
        _ => ValueShape.Json,
    };
}
