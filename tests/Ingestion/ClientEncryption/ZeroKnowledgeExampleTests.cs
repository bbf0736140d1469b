namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Runs the example of docs/encryption.md, and holds the page to it.</summary>
public sealed class ZeroKnowledgeExampleTests
{
    private const string Begin = "// The example begins.", End = "// The example ends.";

    [Fact]
    public async Task The_example_of_the_page_works()
    {
        await using HeliosEngine helios = await HeliosEngine.OpenInMemoryAsync();
        // The example begins.
        // The client: its key never leaves it.
        using ClientKey key = ClientKey.FromPassword("correct horse battery staple", "ann@example.org");
        SealedSchema schema = SealedSchema.Of<Member>(plain: ["Id", "Joined"], blind: [new BlindIndex("Email")]);
        RowSealer sealer = new(schema, key);

        // The engine gets Id, Joined, a hash in place of Email, and one sealed value.
        Table members = await helios.TableAsync("members", schema.Stored);
        await members.InsertAsync(sealer.Seal(new Member(42, new DateOnly(2026, 5, 1), "ann@example.org", "allergic to nuts"), version: 1));

        // Found by the hash, opened by the client: a row that was changed, moved or put back is refused.
        Row? found = await members.FindByAsync("email", sealer.Blind("Email", "ann@example.org"));
        Member ann = sealer.Open<Member>(found!, atLeast: 1);
        // The example ends.
        Assert.Equal("allergic to nuts", ann.Notes);
    }

    [Fact]
    public void The_page_shows_the_example_that_is_run()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Helios.Pipeline.sln")))
            root = root.Parent!;
        var source = File.ReadAllLines(Path.Combine(root.FullName, "tests", "Ingestion", "ClientEncryption", "ZeroKnowledgeExampleTests.cs")).Select(line => line.Trim()).ToList();
        var lines = source.Skip(source.IndexOf(Begin) + 1).TakeWhile(line => line != End);
        var page = File.ReadAllText(Path.Combine(root.FullName, "docs", "encryption.md")).ReplaceLineEndings("\n");
        Assert.Contains("```csharp\n" + string.Join("\n", lines) + "\n\n" + source[^1] + "\n```", page, StringComparison.Ordinal);
    }
}

public sealed record Member([property: Key] long Id, DateOnly Joined, [property: Unique("email")] string Email, string Notes);
