using System.Reflection;

namespace Helios.Pipeline.Ingestion;

/// <summary>Which properties of a type are columns, in which order, and how an object of it is made.</summary>
/// <param name="Properties">The columns: those of the constructor first, in its order, then the others in the order of their declaration.</param>
/// <param name="Constructor">Called with the first properties; null for a struct's default.</param>
internal sealed record RowMembers(IReadOnlyList<PropertyInfo> Properties, ConstructorInfo? Constructor)
{
    /// <summary>Properties given to the constructor; the others are set afterwards.</summary>
    public int Arguments => Constructor?.GetParameters().Length ?? 0;

    /// <exception cref="ArgumentException">No object of the type can be made of its columns.</exception>
    public static RowMembers Of(Type type)
    {
        if (type.IsAbstract || type.IsInterface || type.IsPrimitive || type == typeof(string))
            throw new ArgumentException($"{type} cannot be a row: it is no class, record or struct of which objects can be made.");
        var properties = Columns(type);
        if (properties.Count == 0)
            throw new ArgumentException($"{type} cannot be a row: it has no public property.");

        var constructors = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).ToList();
        if (properties.All(IsSettable) && (type.IsValueType || constructors.Any(c => c.GetParameters().Length == 0)))
            return new RowMembers(properties, constructors.Find(c => c.GetParameters().Length == 0));
        foreach (var constructor in constructors)
        {
            if (Match(constructor, properties) is { } ordered && ordered.Skip(constructor.GetParameters().Length).All(IsSettable))
                return new RowMembers(ordered, constructor);
        }

        var stuck = properties.Where(p => !IsSettable(p)).Select(p => p.Name).ToList();
        throw new ArgumentException(stuck.Count == 0
            ? $"{type} cannot be a row: it has no public constructor whose parameters are all properties of the same name and type."
            : $"{type} cannot be a row: {string.Join(", ", stuck)} can neither be set nor {(stuck.Count == 1 ? "is it a parameter" : "are they parameters")} of a public constructor whose other parameters are properties too. Add a setter, or [Ignore].");
    }

    private static List<PropertyInfo> Columns(Type type)
    {
        var found = new List<PropertyInfo>();
        for (var declaring = type; declaring is not null && declaring != typeof(object) && declaring != typeof(ValueType); declaring = declaring.BaseType)
        {
            var own = declaring.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
                .Where(p => p.GetMethod is { IsPublic: true } && p.GetIndexParameters().Length == 0)
                .OrderBy(p => p.MetadataToken)
                .Where(p => found.TrueForAll(f => f.Name != p.Name)) // hidden or overridden by a derived type
                .ToList();
            found.InsertRange(0, own); // what the base has comes first
        }

        return found.FindAll(p => !p.IsDefined(typeof(IgnoreAttribute), inherit: true));
    }

    private static bool IsSettable(PropertyInfo property) => property.SetMethod is { IsPublic: true };

    private static List<PropertyInfo>? Match(ConstructorInfo constructor, List<PropertyInfo> properties)
    {
        var ordered = new List<PropertyInfo>();
        foreach (var parameter in constructor.GetParameters())
        {
            var property = properties.Find(p => string.Equals(p.Name, parameter.Name, StringComparison.OrdinalIgnoreCase) && p.PropertyType == parameter.ParameterType);
            if (property is null || ordered.Contains(property))
                return null;
            ordered.Add(property);
        }

        ordered.AddRange(properties.Where(p => !ordered.Contains(p)).ToList());
        return ordered;
    }
}
