namespace Helios.Pipeline.Ingestion.Tests.Concurrency;

/// <summary>Its finds read a view that is opened again only every third time.</summary>
internal sealed class StaleReads(Table table) : SharedTable(table)
{
    private readonly Lock _gate = new();
    private ReadView? _view;
    private int _finds;

    public override Task EndAsync()
    {
        _view?.Dispose();
        return Task.CompletedTask;
    }

    protected override Task<string> AnswerAsync(TableAction action) => action.Kind == ActionKind.Find ? Task.FromResult(FindStale(action)) : base.AnswerAsync(action);

    private string FindStale(TableAction action)
    {
        lock (_gate)
        {
            if (_finds++ % 3 == 0)
            {
                _view?.Dispose();
                _view = Engine.OpenView();
            }

            using var key = new Storage.ByteBuffer();
            using var row = new Storage.ByteBuffer();
            KeyProbe.TryEncode(Table.Plan, 0, [Id(action.Key)], key);
            return Text(_view!.TryFind(Table.Plan, 0, key.Written, row, out _) ? Row.Read(Table.Schema, row.Written) : null);
        }
    }
}

/// <summary>Its deletes look whether there is a row, and answer before it is gone.</summary>
internal sealed class EarlyDeletes(Table table) : SharedTable(table)
{
    private readonly List<Task> _deletes = [];

    public override Task EndAsync() => Task.WhenAll(_deletes);

    protected override async Task<string> AnswerAsync(TableAction action)
    {
        if (action.Kind != ActionKind.Delete)
            return await base.AnswerAsync(action);
        var isThere = await Table.FindAsync(Id(action.Key)) is not null;
        lock (_deletes)
            _deletes.Add(Table.DeleteAsync(Id(action.Key)).AsTask());
        return isThere ? "1" : "0";
    }
}

/// <summary>Its inserts look whether there is a row, and then write over it.</summary>
internal sealed class UncheckedInserts(Table table) : SharedTable(table)
{
    protected override async Task<string> AnswerAsync(TableAction action)
    {
        if (action.Kind == ActionKind.Insert && await Table.FindAsync(Id(action.Key)) is not null)
            return TableAction.Duplicate;
        return await base.AnswerAsync(action.Kind == ActionKind.Insert ? action with { Kind = ActionKind.Upsert } : action);
    }
}
