using System.Linq.Expressions;
using Helios.Pipeline.Storage;
using Helios.Pipeline.Testing;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Whatever the lambda and whatever the row: the engine's condition says what C# says.</summary>
public class RandomLambdaTests
{
    private const int Lambdas = 200;
    private const int Rows = 60;

    // A planted defect ends a run when it is found, early nearly always.
    private const int PlantedLambdas = 10_000;

    private static readonly Dictionary<string, Func<ExpressionSyntax, ExpressionSyntax>> s_plants = new()
    {
        ["null for false under NOT"] = s => s is CallSyntax { Function: "coalesce", Arguments: [var first, LiteralSyntax { Text: "FALSE" }] } ? first : s,
        ["<> for IS DISTINCT FROM"] = s => s is BinarySyntax { Operator: BinaryOperator.IsDistinctFrom } b ? b with { Operator = BinaryOperator.NotEqual } : s,
        ["= for IS NOT DISTINCT FROM"] = s => s is BinarySyntax { Operator: BinaryOperator.IsNotDistinctFrom } b ? b with { Operator = BinaryOperator.Equal } : s,
        ["<= for <"] = s => s is BinarySyntax { Operator: BinaryOperator.Less } b ? b with { Operator = BinaryOperator.LessOrEqual } : s,
        ["LIKE without ESCAPE"] = s => s is LikeSyntax l ? l with { Escape = null } : s,
        ["no null in IN"] = s => s is ChainSyntax { Operator: ChainOperator.Or, Items: [InSyntax inside, UnarySyntax { Operator: UnaryOperator.IsNull }] } ? inside : s,
    };

    public static TheoryData<string> Plants => [.. s_plants.Keys];

    [Fact]
    public void A_condition_says_of_every_row_what_C_sharp_says()
    {
        var seed = TestSeed.Next();
        var (mismatch, compared, held) = Run(seed, Lambdas, s => s, l => new EngineMeaning(l));
        Assert.True(mismatch is null, mismatch);
        Assert.True(compared > Lambdas * Rows / 2, $"seed {seed}: only {compared} comparisons");
        Assert.True(held > compared / 10 && held < compared * 9 / 10, $"seed {seed}: {held} of {compared} held");
    }

    [Theory]
    [MemberData(nameof(Plants))]
    public void A_translation_that_is_wrong_is_found(string plant)
    {
        var seed = TestSeed.Next();
        Assert.True(Run(seed, PlantedLambdas, s => PlantedSyntax.Change(s, s_plants[plant]), l => new EngineMeaning(l)).Mismatch is not null, $"seed {seed}: not found");
    }

    [Fact]
    public void The_order_of_NaN_is_looked_at()
    {
        var seed = TestSeed.Next();
        Assert.True(Run(seed, PlantedLambdas, s => s, _ => new OwnMeaning()).Mismatch is not null, $"seed {seed}: not found");
    }

    private static (string? Mismatch, int Compared, int Held) Run(int seed, int count, Func<ExpressionSyntax, ExpressionSyntax> plant, Func<LambdaExpression, ExpressionVisitor> meaning)
    {
        var lambdas = new RandomLambdas(new Random(seed));
        var shape = RowShape<Probe>.Instance;
        var rows = Enumerable.Range(0, Rows).Select(_ => lambdas.Row()).Select(r => (Row: r, Bytes: EncodedRows.Encode(r))).ToList();
        var (compared, held) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            var lambda = lambdas.Lambda();
            if (Try(() => LambdaCondition.Translate(lambda, shape)) is not { } syntax)
                continue; // a value that has none
            var condition = ExpressionBinder.Compile(plant(syntax), shape.Schema);
            var expected = ((Expression<Func<Probe, bool>>)meaning(lambda).Visit(lambda)).Compile();
            foreach (var (row, bytes) in rows)
            {
                if (Try(() => (bool?)expected(row)) is not { } wanted)
                    continue;
                var given = condition.EvaluateCondition(bytes, EncodedRows.Offsets<Probe>(bytes), default, out var fault);
                compared++;
                held += wanted ? 1 : 0;
                if (fault.Code is not null || (given ?? false) != wanted)
                    return ($"seed {seed}: {lambda} is {wanted} and {condition} is {(fault.Code is null ? given?.ToString() ?? "NULL" : fault.Detail)} for {row}", compared, held);
            }
        }

        return (null, compared, held);
    }

    /// <summary>Null where C# computes nothing: an overflow, a division by zero, a date beyond its range.</summary>
    private static T? Try<T>(Func<T?> compute)
    {
        try
        {
            return compute();
        }
        catch (Exception error) when (error is ArithmeticException or ArgumentOutOfRangeException)
        {
            return default;
        }
    }

    /// <summary>C# as it is, with its own order of doubles: NaN is not even equal to itself.</summary>
    private sealed class OwnMeaning : ExpressionVisitor;
}
