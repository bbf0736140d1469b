using System.Reflection;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>The property's value must be that of a key of another row; NULL refers to nothing. Properties with the same <see cref="Name"/> are one foreign key together.</summary>
[AttributeUsage(AttributeTargets.Property, AllowMultiple = true)]
public sealed class ReferencesAttribute : Attribute
{
    /// <summary>Refers to a table by its name.</summary>
    /// <param name="table">The table.</param>
    /// <param name="column">Its column that this one refers to; null for its primary key.</param>
    public ReferencesAttribute(string table, string? column = null)
    {
        Table = table;
        Column = column;
    }

    /// <summary>Refers to the table of a type.</summary>
    /// <param name="type">The type of the table's rows; the table has the name that <see cref="HeliosTableAttribute"/> gives, or the type's.</param>
    /// <param name="property">The property that this one refers to; null for the primary key.</param>
    public ReferencesAttribute(Type type, string? property = null)
    {
        ArgumentNullException.ThrowIfNull(type);
        Table = type.GetCustomAttribute<HeliosTableAttribute>()?.Name ?? type.Name;
        Column = property is null ? null : type.GetProperty(property)?.GetCustomAttribute<ColumnAttribute>()?.Name ?? property;
    }

    /// <summary>The table that is referred to.</summary>
    public string Table { get; }

    /// <summary>The column of it, or null for its primary key.</summary>
    public string? Column { get; }

    /// <summary>The constraint's name.</summary>
    /// <value>The default, null, is "references" and the column's name.</value>
    public string? Name { get; init; }

    /// <summary>What becomes of this row when the other one is deleted.</summary>
    /// <value>The default is <see cref="ReferentialAction.NoAction"/>. The attributes of one foreign key say the same.</value>
    public ReferentialAction OnDelete { get; init; }

    /// <summary>What becomes of this row when the other one's key is changed.</summary>
    /// <value>The default is <see cref="ReferentialAction.NoAction"/>. The attributes of one foreign key say the same.</value>
    public ReferentialAction OnUpdate { get; init; }

    /// <summary>Is it judged at the commit of a transaction, not at the end of each statement too? RESTRICT never waits.</summary>
    /// <value>The default is false. The attributes of one foreign key say the same.</value>
    public bool IsDeferred { get; init; }
}
