using System.Linq.Expressions;
using Helios.Pipeline.Storage;
using Xunit;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>What cannot be translated is refused, and the message names the part and what to do instead.</summary>
public class LambdaRefusalTests
{
    private static void Refused(string part, Expression<Func<Probe, bool>> lambda) => Check(part, lambda);

    private static void RefusedRare(string part, Expression<Func<Rarity, bool>> lambda) => Check(part, lambda);

    private static void Check<T>(string part, Expression<Func<T, bool>> lambda)
    {
        var refused = Assert.Throws<NotSupportedException>(() => LambdaCondition.Translate(lambda, RowShape<T>.Instance));
        var (named, why) = refused.Message.Split(" cannot be part of a condition that the engine evaluates: ") is [var before, var after] ? (before, after) : ("", "");
        Assert.Equal($"'{part}'", named);
        Assert.NotEqual("", why);
        Assert.EndsWith("read the rows and filter them with LINQ after AsEnumerable.", refused.Message, StringComparison.Ordinal);
    }

    private static bool Own(Probe row) => row.Flag;

    [Fact]
    public void Text_whose_meaning_differs_is_refused()
    {
        Refused("r.Name.Length", r => r.Name.Length == 3);
        Refused("r.Name.ToLower()", r => r.Name.ToLower() == "a");
        Refused("r.Name.ToUpperInvariant()", r => r.Name.ToUpperInvariant() == "A");
        Refused("r.Name.Trim()", r => r.Name.Trim() == "a");
        Refused("r.Name.StartsWith(\"a\", OrdinalIgnoreCase)", r => r.Name.StartsWith("a", StringComparison.OrdinalIgnoreCase));
        Refused("r.Name.Equals(\"a\", CurrentCulture)", r => r.Name.Equals("a", StringComparison.CurrentCulture));
        Refused("r.Name.Contains(r.Note)", r => r.Name.Contains(r.Note!));
        Refused("(Compare(r.Name, \"a\") > 0)", r => string.Compare(r.Name, "a") > 0);
        Refused("(r.Name.CompareTo(\"a\") > 0)", r => r.Name.CompareTo("a") > 0);
        Refused("(CompareOrdinal(r.Name, \"\uE000\") > 0)", r => string.CompareOrdinal(r.Name, "\uE000") > 0);
        Refused("(CompareOrdinal(r.Name, r.Note) > 0)", r => string.CompareOrdinal(r.Name, r.Note) > 0);
        Refused("\"\uD800\"", r => r.Name == "\uD800");
        Refused("(r.Name + Convert(r.Number, Object))", r => r.Name + r.Number == "a");
        Refused("r.Name.get_Chars(0)", r => r.Name[0] == 'a');
    }

    [Fact]
    public void Numbers_whose_value_would_change_are_refused()
    {
        Refused("Convert(r.Big, Int32)", r => (int)r.Big == 3);
        Refused("Convert(r.Level, Int32)", r => (int)r.Level == 3);
        Refused("Convert(r.Number, Single)", r => r.Number > 1.5f);
        Refused("Convert(r.Price, Double)", r => (double)r.Price > 1.5);
        Refused("(r.Price / 3)", r => r.Price / 3 > 1);
        Refused("(r.Number & 1)", r => (r.Number & 1) == 0);
        Refused("(r.Number << 1)", r => r.Number << 1 == 4);
        Refused("Not(r.Number)", r => ~r.Number == 4);
        RefusedRare("(r.Single + 1)", r => r.Single + 1f > 2f);
        RefusedRare("(r.Unsigned / 2)", r => r.Unsigned / 2 > 2);
        RefusedRare("(r.Stretched / 2)", r => r.Stretched / 2 > 2);
    }

    [Fact]
    public void What_is_stored_in_another_way_is_refused()
    {
        var now = new DateTime(2026, 2, 3, 0, 0, 0, DateTimeKind.Utc);
        byte[] bytes = [1];
        Refused("(Convert(r.Grade, Int32) > 0)", r => r.Grade > Grade.Low);
        Refused("Convert(Convert(r.Grade, Int32), Int64)", r => (long)(int)r.Grade == 1L);
        Refused("r.Grade.HasFlag(Convert(High, Enum))", r => r.Grade.HasFlag(Grade.High));
        Refused("now", r => r.When == now);
        RefusedRare("(r.Bytes == bytes)", r => r.Bytes == bytes);
        RefusedRare("(r.Json == \"{}\")", r => r.Json == "{}");
        RefusedRare("r.Json", r => r.Json!.StartsWith("a"));
        RefusedRare("op_Implicit(r.Numbers).Contains(3)", r => r.Numbers.Contains(3));
    }

    [Fact]
    public void What_has_no_counterpart_is_refused()
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "a" };
        var rows = new List<Probe>();
        Refused("Own(r)", r => Own(r));
        Refused("r.Ignored", r => r.Ignored == 1);
        Refused("r.When.Year", r => r.When.Year == 2026);
        Refused("r.When.AddDays(1)", r => r.When.AddDays(1) > r.When);
        Refused("names.Contains(r.Name)", r => names.Contains(r.Name));
        Refused("rows.Contains(r)", r => rows.Contains(r));
        Refused("r", r => r == null);
        Refused("(Convert(r.Name, Object) Is String)", r => (object)r.Name is string);
        Refused("rows.Any(x => (x.Number == r.Number))", r => rows.Any(x => x.Number == r.Number));
        Refused("r.Id.ToString()", r => r.Id.ToString() == "a");
    }
}
