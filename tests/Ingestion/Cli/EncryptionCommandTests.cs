using System.Text.Json;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Cli;

public sealed class EncryptionCommandTests : CliTool
{
    private const string Digits = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    [Fact]
    public async Task Every_command_works_with_the_key_and_ends_with_4_without_it_or_with_another()
    {
        var (key, other) = (KeyFile("a.key", Digits), KeyFile("b.key", Digits.Replace('0', '1')));
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--key", "id", "--quiet", "--encryption-key-file", key);
        string[][] commands =
        [
            ["count", "--db", Db, "--table", "t"],
            ["get", "--db", Db, "--table", "t", "--key", "100001"],
            ["scan", "--db", Db, "--table", "t", "--limit", "3"],
            ["tables", "--db", Db],
            ["inspect", "--db", Db],
            ["verify", "--db", Db],
            ["ingest", Trips, "--db", Db, "--table", "t", "--quiet"],
        ];
        foreach (var command in commands)
        {
            await SucceedAsync([.. command, "--encryption-key-file", key]);
            var without = await RunAsync(command);
            Assert.Equal((4, ""), (without.ExitCode, without.Output));
            Assert.Contains("no provider of keys was given", without.Error, StringComparison.Ordinal);
            Assert.EndsWith("; give its key: --encryption-key-file, --encryption-key-env, --encryption-password-file or --encryption-password-env\n", without.Error, StringComparison.Ordinal);
            var wrong = await RunAsync([.. command, "--encryption-key-file", other]);
            Assert.Equal((4, ""), (wrong.ExitCode, wrong.Output));
            Assert.Contains("is not what was given", wrong.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_rotated_database_opens_with_the_new_key_alone()
    {
        var (old, next) = (KeyFile("a.key", Digits), KeyFile("b.key", Digits.Replace('0', '1')));
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--quiet", "--encryption-key-file", old);
        var result = await SucceedAsync("rotate-key", "--db", Db, "--encryption-key-file", old, "--new-key-file", next);
        Assert.Contains("the old key no longer opens it", result.Output, StringComparison.Ordinal);
        Assert.Equal(4, (await RunAsync("count", "--db", Db, "--table", "t", "--encryption-key-file", old)).ExitCode);
        Assert.Equal("10000\n", (await SucceedAsync("count", "--db", Db, "--table", "t", "--encryption-key-file", next)).Output);
    }

    [Fact]
    public async Task A_key_may_stand_in_the_environment_under_a_name_of_the_users_choice()
    {
        const string variable = "HELIOS_TEST_KEY_OF_THIS_TEST";
        var missing = await RunAsync("ingest", Trips, "--db", Db, "--table", "t", "--encryption-key-env", variable);
        Assert.Equal(4, missing.ExitCode);
        Assert.False(Directory.Exists(Db));
        Environment.SetEnvironmentVariable(variable, Digits);
        try
        {
            await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--quiet", "--encryption-key-env", variable);
            Assert.Equal("10000\n", (await SucceedAsync("count", "--db", Db, "--table", "t", "--encryption-key-file", KeyFile("a.key", Digits))).Output);
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Fact]
    public async Task A_password_opens_with_every_command_and_a_wrong_one_ends_as_a_wrong_key_does()
    {
        var (right, wrong) = (Secret("a.password", "correct horse\n"), Secret("b.password", "wrong horse"));
        const string variable = "HELIOS_TEST_PASSWORD_OF_THIS_TEST";
        Environment.SetEnvironmentVariable(variable, "correct horse");
        try
        {
            await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--quiet", "--encryption-password-env", variable);
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }

        Assert.Equal("10000\n", (await SucceedAsync("count", "--db", Db, "--table", "t", "--encryption-password-file", right)).Output);
        await SucceedAsync("verify", "--db", Db, "--encryption-password-file", right);
        string[][] commands = [["count", "--db", Db, "--table", "t"], ["verify", "--db", Db], ["rotate-key", "--db", Db, "--new-password-file", right]];
        foreach (var command in commands)
        {
            var refused = await RunAsync([.. command, "--encryption-password-file", wrong]);
            Assert.Equal((4, ""), (refused.ExitCode, refused.Output));
            Assert.Contains("the key comes from a password, which may be wrong", refused.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("horse", refused.Error, StringComparison.Ordinal);
            Assert.Equal(4, (await RunAsync([.. command, "--encryption-key-file", KeyFile("a.key", Digits)])).ExitCode);
        }

        var missing = await RunAsync("count", "--db", Db, "--table", "t", "--encryption-password-env", variable);
        Assert.Equal(4, missing.ExitCode);
        Assert.Contains("is not set", missing.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("count", "--db", Db, "--table", "t", "--encryption-password-file", Secret("c.password", "\n"))).ExitCode);
        Assert.Equal(1, (await RunAsync("count", "--db", Db, "--table", "t", "--encryption-password-file", right, "--encryption-key-file", right)).ExitCode);
    }

    [Fact]
    public async Task A_rotation_goes_from_a_key_to_a_password_and_inspect_tells_which_without_a_secret()
    {
        var (key, password) = (KeyFile("a.key", Digits), Secret("a.password", "correct horse"));
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--quiet", "--encryption-key-file", key);
        var before = (await SucceedAsync("inspect", "--db", Db, "--encryption-key-file", key)).Output;
        var id = KekId.Of(Convert.FromHexString(Digits)).ToString();
        Assert.Contains($"encrypted under key {id}; data keys: 1\n", before, StringComparison.Ordinal);
        Assert.DoesNotContain(Digits, before, StringComparison.OrdinalIgnoreCase);

        var rotated = await SucceedAsync("rotate-key", "--db", Db, "--encryption-key-file", key, "--new-password-file", password);
        Assert.Equal(4, (await RunAsync("inspect", "--db", Db, "--encryption-key-file", key)).ExitCode);
        var after = (await SucceedAsync("inspect", "--db", Db, "--encryption-password-file", password)).Output;
        Assert.Contains("from a password (PBKDF2-HMAC-SHA256, 600,000 iterations); data keys: ", after, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await SucceedAsync("inspect", "--db", Db, "--json", "--encryption-password-file", password)).Output);
        var seen = json.RootElement.GetProperty("encryption");
        Assert.Contains($"is under key {seen.GetProperty("keyId").GetString()} now", rotated.Output, StringComparison.Ordinal);
        Assert.NotEqual(id, seen.GetProperty("keyId").GetString());
        Assert.Equal(("PBKDF2-HMAC-SHA256", 600_000), (seen.GetProperty("kdf").GetString(), seen.GetProperty("kdfIterations").GetInt32()));
        Assert.True(seen.GetProperty("dataKeys").GetInt32() >= 1);
    }

    [Fact]
    public async Task Inspect_says_that_a_database_is_not_encrypted()
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--quiet");
        Assert.Contains("encrypted no\n", (await SucceedAsync("inspect", "--db", Db)).Output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await SucceedAsync("inspect", "--db", Db, "--json")).Output);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("encryption").ValueKind);
    }

    [Fact]
    public async Task Wrong_use_is_1_and_changes_nothing()
    {
        var key = KeyFile("a.key", Digits);
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "t", "--quiet");
        await RefusedAsync("is not encrypted", "count", "--db", Db, "--table", "t", "--encryption-key-file", key);
        await RefusedAsync("is not encrypted", "rotate-key", "--db", Db, "--new-key-file", key);
        await RefusedAsync("the new key is missing", "rotate-key", "--db", Db);
        await RefusedAsync("give one of them", "count", "--db", Db, "--table", "t", "--encryption-key-file", key, "--encryption-key-env", "X");
        await RefusedAsync("hex digits", "count", "--db", Db, "--table", "t", "--encryption-key-file", KeyFile("c.key", "short"));

        static async Task RefusedAsync(string what, params string[] args)
        {
            var result = await RunAsync(args);
            Assert.Equal((1, ""), (result.ExitCode, result.Output));
            Assert.Contains(what, result.Error, StringComparison.Ordinal);
        }
    }

    private string KeyFile(string name, string digits) => Secret(name, digits + "\n");

    private string Secret(string name, string text)
    {
        var path = Write(name, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
