using System.Reflection;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>The constraints that a type's attributes declare.</summary>
internal static class RowConstraints
{
    /// <summary>Those of the type first, then those of its properties.</summary>
    public static IEnumerable<CheckConstraint> Checks(Type type, List<RowColumn> columns) =>
        type.GetCustomAttributes<CheckAttribute>().Concat(columns.SelectMany(c => c.Property.GetCustomAttributes<CheckAttribute>()))
            .Select(check => new CheckConstraint(check.Name, check.Expression));

    /// <exception cref="ArgumentException">The attributes of one foreign key contradict each other; says which.</exception>
    public static IEnumerable<ForeignKey> ForeignKeys(Type type, List<RowColumn> columns) =>
        columns
            .SelectMany(column => column.Property.GetCustomAttributes<ReferencesAttribute>().Select(reference => (Column: column, Reference: reference)))
            .GroupBy(part => part.Reference.Name ?? $"references_{part.Column.Column.Name}", StringComparer.Ordinal)
            .Select(parts => Make(type, parts.Key, [.. parts]));

    private static ForeignKey Make(Type type, string name, (RowColumn Column, ReferencesAttribute Reference)[] parts)
    {
        var first = parts[0].Reference;
        if (Array.Find(parts, p => !Agree(p.Reference, first)) is { Column: { } other })
            throw RowColumn.Refused(type, other.Property, $"its part of foreign key {name} has another table, action or time of the check than the first one, or names a column where that names none");
        return new ForeignKey(name, [.. parts.Select(p => p.Column.Column.Name)], first.Table, first.Column is null ? [] : [.. parts.Select(p => p.Reference.Column!)])
        {
            OnDelete = first.OnDelete,
            OnUpdate = first.OnUpdate,
            IsDeferred = first.IsDeferred,
        };
    }

    private static bool Agree(ReferencesAttribute one, ReferencesAttribute other) =>
        (one.Table, one.Column is null, one.OnDelete, one.OnUpdate, one.IsDeferred) == (other.Table, other.Column is null, other.OnDelete, other.OnUpdate, other.IsDeferred);
}
