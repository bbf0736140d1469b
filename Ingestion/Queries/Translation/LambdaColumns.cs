using System.Linq.Expressions;
using System.Reflection;

namespace Helios.Pipeline.Ingestion;

/// <summary>Finds the columns that a lambda names.</summary>
internal sealed class LambdaColumns(ParameterExpression row, IReadOnlyList<RowColumn> columns)
{
    public RowColumn this[int ordinal] => columns[ordinal];

    /// <summary>The ordinal of the column that is read by <paramref name="part"/>, or -1.</summary>
    public int OrdinalOf(Expression? part)
    {
        if (part is not MemberExpression { Member: PropertyInfo property } access || !IsRow(access.Expression))
            return -1;
        for (var i = 0; i < columns.Count; i++)
            if (IsSame(property, columns[i].Property))
                return i;
        return -1;
    }

    /// <summary>Is it the row itself, or the row as one of its base types and interfaces?</summary>
    public bool IsRow(Expression? part)
    {
        while (part is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.TypeAs, Method: null } convert && !convert.Type.IsValueType)
            part = convert.Operand;
        return part == row;
    }

    private static bool IsSame(PropertyInfo asked, PropertyInfo column)
    {
        if (asked.DeclaringType == column.DeclaringType || asked.DeclaringType is not { IsInterface: true } contract)
            return asked.Name == column.Name && asked.PropertyType == column.PropertyType && asked.DeclaringType!.IsAssignableFrom(column.ReflectedType);
        // The property of an interface may be implemented by one of another name.
        var owner = column.ReflectedType!;
        if (!contract.IsAssignableFrom(owner))
            return false;
        var map = owner.GetInterfaceMap(contract);
        return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, asked.GetMethod)].MethodHandle == column.GetMethod!.MethodHandle;
    }
}
