using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>
/// What the foreign keys say at the end of a statement: rows go or change with those that they refer to, and then what refers to
/// nothing is refused, but for the foreign keys that are judged at the commit.
/// </summary>
/// <remarks>
/// Goes on with what the rows' going does, wave by wave: those that refer are looked for before any of a wave is changed, so that
/// rows may exchange keys. Each change leaves one row less that refers to what has gone, so cycles end.
/// </remarks>
internal sealed class OwnReferences
{
    private readonly OwnView _view;
    private readonly OwnWrites _own;
    private readonly List<OwnChange> _changes;
    private readonly Dictionary<OwnRow, OwnChange> _asked;

    private OwnReferences(OwnView view, OwnWrites own, List<OwnChange> changes)
    {
        _view = view;
        _own = own;
        _changes = changes;
        _asked = changes.ToDictionary(static change => change.Row);
    }

    /// <summary>Does what follows from the rows that were changed since a mark, and judges what is left.</summary>
    /// <exception cref="HeliosException">Invalid: <c>foreign_key_violation</c>, or what a row that changes with another is refused for. The caller takes the statement back.</exception>
    public static void Settle(OwnView view, OwnWrites own, int mark)
    {
        var changes = own.ChangesSince(mark);
        if (changes.Count > 0)
            new OwnReferences(view, own, changes).Run();
    }

    private void Run()
    {
        for (var done = 0; done < _changes.Count;)
        {
            var effects = new List<Effect>();
            for (; done < _changes.Count; done++)
                Collect(_changes[done], effects);
            foreach (var effect in effects)
                Apply(effect);
        }

        foreach (var change in _changes)
        {
            CheckParents(change);
            CheckChildren(change);
        }
    }

    private void Collect(OwnChange change, List<Effect> effects)
    {
        foreach (var reference in change.Row.Plan.ReferencedBy)
        {
            var action = ActionOf(reference, change);
            if (action is ReferentialAction.NoAction or ReferentialAction.Restrict || change.GivenUp(reference.ParentIndex) is not { } key)
                continue;
            foreach (var child in _own.TableOf(reference.Child)?.FindReferring(reference.ChildIndex, key) ?? [])
            {
                // What the statement itself has made refer to the key means the row that has it now.
                if (!_asked.TryGetValue(child, out var asked) || asked.Taken(reference.ChildIndex) is null)
                    effects.Add(new Effect(reference, action, change, child));
            }

            foreach (var found in _view.StoredChildren(reference, key))
                effects.Add(new Effect(reference, action, change, Claim(reference.Child, found)));
        }
    }

    /// <summary>As it is at first: it may be found to refer to another row of the wave too.</summary>
    private OwnRow Claim(TablePlan plan, StoredRowVersion found)
    {
        var row = _own.Claim(plan, found);
        _own.Set(row, new OwnContent(found.Content, OwnContent.KeysOf(plan, found.Content)), row.Mode);
        return row;
    }

    private void Apply(Effect effect)
    {
        var child = effect.Child;
        if (child.Content is not { } content)
            return; // it has gone with another row
        OwnContent? after = null;
        if (effect.Action != ReferentialAction.Cascade || effect.Parent.After is not null)
        {
            using var patched = new ByteBuffer();
            ReferentialPatch.Append(effect.Reference, effect.Action, content.Row, effect.Parent.After?.Row, patched);
            after = OwnContent.Of(child.Plan, patched.Written.ToArray());
            if (_view.FindTaken(child.Plan, after, child) is { } taken)
                throw RowErrors.Duplicate(child.Plan, taken);
        }

        _own.Set(child, after, after is null ? child.ModeWhenGone : child.ModeWhenChanged);
        _changes.Add(new OwnChange(child, content.Keys, after));
    }

    /// <summary>Is what the row newly refers to there?</summary>
    private void CheckParents(OwnChange change)
    {
        var now = change with { After = change.Row.Content };
        foreach (var reference in change.Row.Plan.ForeignKeys)
        {
            if (!reference.Key.IsDeferred && now.Taken(reference.ChildIndex) is { } key && !_view.Has(reference.Parent, reference.ParentIndex, key))
                throw RowErrors.ForeignKey(reference, $"table {reference.Parent.Definition.Name} has no row with the key that a row is to refer to");
        }
    }

    /// <summary>Does a row still refer to what the row has given up?</summary>
    private void CheckChildren(OwnChange change)
    {
        foreach (var reference in change.Row.Plan.ReferencedBy)
        {
            var isRestrict = ActionOf(reference, change) == ReferentialAction.Restrict;
            if ((reference.Key.IsDeferred && !isRestrict) || change.GivenUp(reference.ParentIndex) is not { } key || (!isRestrict && _view.Has(reference.Parent, reference.ParentIndex, key)))
                continue;
            if (_own.TableOf(reference.Child)?.FindReferring(reference.ChildIndex, key) is { Count: > 0 })
                throw StillReferred(reference, change);
            foreach (var child in _view.StoredChildren(reference, key))
            {
                _view.Tell(reference.Child, child);
                throw StillReferred(reference, change);
            }
        }
    }

    private static ReferentialAction ActionOf(ForeignKeyPlan reference, OwnChange change) => change.After is null ? reference.Key.OnDelete : reference.Key.OnUpdate;

    private static HeliosException StillReferred(ForeignKeyPlan reference, OwnChange change) =>
        RowErrors.ForeignKey(reference, $"a row refers to the key of table {reference.Parent.Definition.Name} that is to be {(change.After is null ? "deleted" : "changed")}");

    /// <summary>What a row's change does to one that refers to it.</summary>
    /// <param name="Reference">The foreign key.</param>
    /// <param name="Action">What it says.</param>
    /// <param name="Parent">The change.</param>
    /// <param name="Child">The row that refers.</param>
    private readonly record struct Effect(ForeignKeyPlan Reference, ReferentialAction Action, OwnChange Parent, OwnRow Child);
}
