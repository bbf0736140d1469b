using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <content>Tables that are altered: one change after the other, each made of the one before.</content>
internal ref partial struct CommitDecision
{
    private bool DecideAlterTable(TableDefinition definition)
    {
        if (state.Catalog.Find(definition.Id) is not { } known)
            return RefuseUnknown(definition.Id);
        if (definition.Revision != known.Revision + 1)
        {
            return Refuse(new HeliosException(HeliosErrorKind.Conflict, "conflict",
                $"Table {known.Name} has been altered by somebody else. Nothing of the commit was written: look at it and repeat.") { Table = known.Name }, state.Head);
        }

        var catalog = state.Catalog.With(definition);
        if ((ForeignKeyRules.Check(definition, catalog) ?? ExpressionRules.Check(definition.Name, definition.Schema)) is { } refusal)
            return Refuse(refusal, state.Head);
        foreach (var other in catalog.Tables)
        {
            if (other.Id != definition.Id && ForeignKeyRules.Check(other, catalog) is { } lost)
            {
                return Refuse(new HeliosException(HeliosErrorKind.Invalid, "constraint_in_use",
                    $"Table {definition.Name}: foreign key {lost.Constraint} of table {other.Name} refers to the constraint that is to be dropped. Nothing was changed: drop that one first.") { Table = other.Name, Constraint = lost.Constraint }, state.Head);
            }
        }

        return true;
    }
}
