namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>A condition as text, and what it says of a row: TRUE, FALSE or NULL.</summary>
internal sealed record OracleCondition(string Text, Func<object?[], bool?> Holds)
{
    public static OracleCondition Not(OracleCondition operand) => new($"(NOT ({operand.Text}))", row => !operand.Holds(row));

    public static OracleCondition And(OracleCondition a, OracleCondition b) => new($"({a.Text} AND {b.Text})", row => a.Holds(row) & b.Holds(row));

    public static OracleCondition Or(OracleCondition a, OracleCondition b) => new($"({a.Text} OR {b.Text})", row => a.Holds(row) | b.Holds(row));

    public static OracleCondition IsNull(OracleCondition operand, bool isNegated) =>
        new($"(({operand.Text}) IS {(isNegated ? "NOT " : "")}NULL)", row => operand.Holds(row) is null != isNegated);

    public static OracleCondition If(OracleCondition condition, OracleCondition then, OracleCondition otherwise) =>
        new($"CASE WHEN {condition.Text} THEN {then.Text} ELSE {otherwise.Text} END", row => condition.Holds(row) == true ? then.Holds(row) : otherwise.Holds(row));
}
