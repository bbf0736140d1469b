using System.Globalization;

namespace Helios.Pipeline.Ingestion.Tests.Concurrency;

/// <summary>The sequential model: what the rows of one history are, and what a call answers that has the table for itself.</summary>
/// <remarks>Small enough to be a number, by which the search remembers where it has been: 20 bits a key, 0 where there is no row.</remarks>
internal readonly record struct TableState(ulong Rows)
{
    private const int KeyBits = 20, ValueBits = 16;

    private const ulong Row = (1 << KeyBits) - 1;

    /// <summary>What the call answers, and what the rows are then.</summary>
    public (string Answer, TableState After) Apply(TableAction action)
    {
        var stored = this[action.Key];
        switch (action.Kind)
        {
            case ActionKind.Find:
                return (Text(stored), this);
            case ActionKind.FindByName:
                return (Holder(action.Name) is { } holder ? Text(this[holder]) : Text(null), this);
            case ActionKind.ReadAll:
                return (ToString(), this);
            case ActionKind.Delete:
                return stored is null ? ("0", this) : ("1", Without(action.Key));
            case ActionKind.Insert:
                return stored is null ? Put(action, changed: 1) : (TableAction.Duplicate, this);
            case ActionKind.Update:
                return stored is null ? ("0", this) : Put(action, changed: 1);
            case ActionKind.Upsert:
                return Put(action, changed: 1);
            case ActionKind.InsertIfAbsent:
                return stored is null && Holder(action.Name) is null ? Put(action, changed: 1) : ("0", this);
            default:
                // The deleted row gives up its name before the other one takes it; a refusal leaves both.
                var (answer, after) = Without(action.NextKey).Put(action, changed: this[action.NextKey] is null ? 1 : 2);
                return answer == TableAction.Duplicate ? (answer, this) : (answer, after);
        }
    }

    public override string ToString()
    {
        var state = this;
        return string.Join(' ', Enumerable.Range(0, TableAction.Keys).Select(key => Text(state[key])));
    }

    public static string Text((int Name, int Value)? row) => row is { } there ? string.Create(CultureInfo.InvariantCulture, $"{there.Name}/{there.Value}") : "none";

    private (int Name, int Value)? this[int key]
    {
        get
        {
            var row = (int)((Rows >> (key * KeyBits)) & Row);
            return row == 0 ? null : ((row >> ValueBits) - 1, row & (TableAction.Values - 1));
        }
    }

    private (string Answer, TableState After) Put(TableAction action, int changed)
    {
        if (Holder(action.Name) is { } holder && holder != action.Key)
            return (TableAction.Duplicate, this);
        var row = ((ulong)(action.Name + 1) << ValueBits) | (uint)action.Value;
        return (changed.ToString(CultureInfo.InvariantCulture), new TableState(Without(action.Key).Rows | (row << (action.Key * KeyBits))));
    }

    private TableState Without(int key) => new(Rows & ~(Row << (key * KeyBits)));

    private int? Holder(int name)
    {
        for (var key = 0; key < TableAction.Keys; key++)
        {
            if (this[key]?.Name == name)
                return key;
        }

        return null;
    }
}
