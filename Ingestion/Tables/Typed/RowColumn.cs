using System.Reflection;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>One property as a column.</summary>
/// <param name="Property">The property.</param>
/// <param name="Column">What it becomes.</param>
/// <param name="Codec">A <see cref="ValueCodec{TValue}"/> of the property's type.</param>
internal sealed record RowColumn(PropertyInfo Property, Column Column, object Codec)
{
    public static List<RowColumn> Of(Type type, RowMembers members)
    {
        var nullability = new NullabilityInfoContext();
        return [.. members.Properties.Select(p => Of(type, p, nullability))];
    }

    /// <summary>The table's schema: columns, key and constraints.</summary>
    /// <exception cref="ArgumentException">The parts do not fit together; says which.</exception>
    public static TableSchema Schema(Type type, List<RowColumn> columns)
    {
        var key = columns.Where(c => c.Property.IsDefined(typeof(KeyAttribute), inherit: true))
            .OrderBy(c => c.Property.GetCustomAttribute<KeyAttribute>()!.Order).ToList();
        if (key.Find(c => c.Column.IsNullable) is { } nullable)
            throw Refused(type, nullable.Property, "it is part of the primary key and may be null; a key's columns never are");

        var unique = columns
            .SelectMany(c => c.Property.GetCustomAttributes<UniqueAttribute>().Select(u => (Name: u.Name ?? $"unique_{c.Column.Name}", c.Column)))
            .GroupBy(u => u.Name, StringComparer.Ordinal)
            .Select(g => new UniqueConstraint(g.Key, [.. g.Select(u => u.Column.Name)]));
        try
        {
            return new TableSchema(columns.Select(c => c.Column), key.Select(c => c.Column.Name), unique, RowConstraints.Checks(type, columns), RowConstraints.ForeignKeys(type, columns));
        }
        catch (ArgumentException error)
        {
            throw new ArgumentException($"{type} cannot be a row: {error.Message}", error);
        }
    }

    private static RowColumn Of(Type type, PropertyInfo property, NullabilityInfoContext nullability)
    {
        var asked = property.GetCustomAttribute<ColumnAttribute>();
        var wanted = asked?.TypeOrNull ?? (asked?.Length > 0 && property.PropertyType == typeof(string) ? ColumnType.Varchar : null);
        if (ColumnCodecs.Find(property.PropertyType, wanted) is not { } choice)
        {
            var fitting = ColumnCodecs.TypesOf(property.PropertyType);
            throw Refused(type, property, fitting.Count == 0
                ? $"no column type holds a {property.PropertyType}. Change the type, or add [Ignore]"
                : $"a {property.PropertyType} fits {string.Join(", ", fitting)}, not {wanted}");
        }

        var column = new Column(asked?.Name ?? property.Name, choice.Type)
        {
            IsNullable = IsNullable(property, nullability),
            Length = asked?.Length ?? 0,
            ElementType = choice.Element,
            Default = property.GetCustomAttribute<DefaultAttribute>()?.Expression,
            IsAutoIncrement = property.IsDefined(typeof(AutoIncrementAttribute), inherit: true),
        };
        return new RowColumn(property, column, choice.Codec);
    }

    /// <summary>References that no annotation speaks of may be null.</summary>
    private static bool IsNullable(PropertyInfo property, NullabilityInfoContext nullability) =>
        property.PropertyType.IsValueType
            ? Nullable.GetUnderlyingType(property.PropertyType) is not null
            : nullability.Create(property).ReadState != NullabilityState.NotNull;

    public static ArgumentException Refused(Type type, PropertyInfo property, string why) => new($"{type}.{property.Name} cannot be a column: {why}.");
}
