using System.Reflection;
using System.Runtime.CompilerServices;

namespace Helios.Pipeline.Rules.Tests;

public sealed class DependencyRules
{
    private static readonly Assembly s_storage = typeof(Storage.Lsn).Assembly;
    private static readonly Assembly s_pipeline = typeof(Durability).Assembly;
    private static readonly Assembly s_maintenance = typeof(Maintenance.CheckpointStage).Assembly;
    private static readonly Assembly s_ingestion = typeof(Ingestion.HeliosEngine).Assembly;

    public static TheoryData<string, string[]> Table => new()
    {
        { s_storage.GetName().Name!, [] },
        { s_pipeline.GetName().Name!, ["Helios.Pipeline.Storage"] },
        { s_maintenance.GetName().Name!, ["Helios.Pipeline.Storage", "Helios.Pipeline"] },
        { s_ingestion.GetName().Name!, ["Helios.Pipeline.Storage", "Helios.Pipeline", "Helios.Pipeline.Maintenance"] },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void A_folder_references_only_the_folders_below_it(string name, string[] allowed)
    {
        var assembly = Product().Single(a => a.GetName().Name == name);
        var references = assembly.GetReferencedAssemblies().Select(r => r.Name!).Where(r => r.StartsWith("Helios.", StringComparison.Ordinal));
        Assert.Empty(references.Except(allowed));
    }

    [Fact]
    public void RocksDB_and_MessagePack_are_reached_through_Storage_alone()
    {
        foreach (var assembly in Product().Where(a => a != s_storage))
        {
            var references = assembly.GetReferencedAssemblies().Select(r => r.Name!);
            Assert.DoesNotContain(references, r => r is "RocksDbSharp" or "MessagePack" or "MessagePack.Annotations");
        }
    }

    [Fact]
    public void Storage_is_synchronous()
    {
        var found = AllTypes(s_storage)
            .SelectMany(t => t.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(m => typeof(Task).IsAssignableFrom(m.ReturnType) || m.ReturnType.FullName?.StartsWith("System.Threading.Tasks.ValueTask", StringComparison.Ordinal) == true)
            .Select(m => $"{m.DeclaringType}.{m.Name}");
        Assert.Empty(found);
        Assert.DoesNotContain(s_storage.GetReferencedAssemblies(), r => r.Name is "System.Threading.Channels" or "System.Threading.Tasks.Dataflow" or "System.Threading.Timer");
    }

    [Fact]
    public void No_type_is_named_Pipeline()
    {
        Assert.DoesNotContain(Product().SelectMany(AllTypes), t => t.Name == "Pipeline");
    }

    [Fact]
    public void Only_the_actor_and_its_kin_know_channels_and_dataflow()
    {
        string[] allowed = ["Mailbox`1", "DataflowStep`1"];
        var fields = AllTypes(s_pipeline).Concat(AllTypes(s_maintenance)).Concat(AllTypes(s_ingestion))
            .Where(t => !allowed.Any(a => t.FullName!.Contains(a, StringComparison.Ordinal)) && !t.IsDefined(typeof(CompilerGeneratedAttribute)))
            .SelectMany(t => t.GetFields(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(f => f.FieldType.Namespace is "System.Threading.Channels" or "System.Threading.Tasks.Dataflow")
            .Select(f => $"{f.DeclaringType}.{f.Name}");
        Assert.Empty(fields);
    }

    [Fact]
    public void What_is_public_is_meant_to_be()
    {
        // Storage and Pipeline show their users nouns and answers, no machinery.
        string[] expected =
        [
            "Column", "ColumnType", "HeliosErrorKind", "HeliosException", "Lsn", "ProducerId", "RowId", "TableSchema", "UniqueConstraint", "CheckConstraint", "ForeignKey", "ReferentialAction",
            "IKeyProvider", "KekId", "KeyProviders",
            "CommitReceipt", "Durability", "OnReject", "RowRejection", "SafetyLevel",
        ];
        var found = AllTypes(s_storage).Concat(AllTypes(s_pipeline)).Concat(AllTypes(s_maintenance)).Where(t => t.IsPublic).Select(t => t.Name).Order(StringComparer.Ordinal);
        Assert.Equal(expected.Order(StringComparer.Ordinal), found);
    }

    private static Assembly[] Product() => [s_storage, s_pipeline, s_maintenance, s_ingestion];

    private static IEnumerable<Type> AllTypes(Assembly assembly) =>
        assembly.GetTypes().Where(t => t.Namespace?.StartsWith("Helios.", StringComparison.Ordinal) == true);
}
