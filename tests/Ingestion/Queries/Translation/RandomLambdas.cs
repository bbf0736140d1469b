using System.Linq.Expressions;

namespace Helios.Pipeline.Ingestion.Tests;

/// <summary>Makes lambdas as the compiler would write them, and rows to try them on. Values come from few, so that they often meet, and from the ends of their types.</summary>
internal sealed class RandomLambdas(Random random)
{
    private static readonly ExpressionType[] s_orders =
        [ExpressionType.Equal, ExpressionType.NotEqual, ExpressionType.LessThan, ExpressionType.LessThanOrEqual, ExpressionType.GreaterThan, ExpressionType.GreaterThanOrEqual];

    private static readonly ExpressionType[] s_sums = [ExpressionType.Add, ExpressionType.Subtract, ExpressionType.Multiply, ExpressionType.Modulo, ExpressionType.Divide];

    private static readonly int[] s_ints = [0, 1, -1, 2, 3, 7, 10, int.MaxValue, int.MinValue];
    private static readonly long[] s_longs = [0, 1, -1, 2, 7, 10, int.MaxValue, (1L << 53) + 1, 1L << 53, long.MaxValue, long.MaxValue - 1, long.MinValue];
    private static readonly double[] s_doubles = [0, -0.0, 1, -1, 2.5, 7, 10, 1L << 53, double.NaN, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.Epsilon, 0.1];
    private static readonly decimal[] s_prices = [0m, 1m, -1m, 1.00m, 2.5m, 7m, 1234.56m, -0.01m];
    private static readonly decimal[] s_decimals = [0m, 1m, 2.50m, 7m, decimal.MaxValue, decimal.MinValue, 0.0000000000000000000000000001m, long.MaxValue];
    private static readonly string[] s_texts = ["", "a", "ab", "b", "ba", "a%b", "a_b", "%", "_", "acb", @"\", "a ", "é", "\uFFFD", "😀", "A"];
    private static readonly DateTime[] s_moments = [DateTime.MinValue, new(2026, 2, 3), new(2026, 2, 3, 0, 0, 1), new DateTime(2026, 2, 3).AddTicks(1), DateTime.MaxValue];
    private static readonly TimeSpan[] s_spans = [TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.FromTicks(-1), TimeSpan.FromDays(400)];
    private static readonly Guid[] s_guids = [Guid.Empty, Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), Guid.Parse("80112233-4455-6677-8899-aabbccddeeff"), Guid.Parse("00112233-4455-8677-0099-aabbccddeeff")];
    private static readonly Grade[] s_grades = Enum.GetValues<Grade>();

    private readonly ParameterExpression _row = Expression.Parameter(typeof(Probe), "r");

    public Probe Row() => new(
        Of(s_ints), Maybe(s_ints), Of(s_longs), Maybe(s_longs), Of(s_doubles), Maybe(s_doubles), Of(s_prices), Maybe(s_decimals),
        Of(s_texts), random.Next(3) == 0 ? null : Of(s_texts), Of(s_moments), Maybe(s_moments), Of(s_guids), Maybe(s_guids),
        random.Next(2) == 0, random.Next(3) == 0 ? null : random.Next(2) == 0, Of(s_grades), Maybe(s_grades));

    public Expression<Func<Probe, bool>> Lambda() => Expression.Lambda<Func<Probe, bool>>(Condition(3), _row);

    private T Of<T>(T[] values) => values[random.Next(values.Length)];

    private T? Maybe<T>(T[] values)
        where T : struct => random.Next(3) == 0 ? null : Of(values);

    private Expression Column(string name) => Expression.Property(_row, name);

    /// <summary>A literal, or a captured variable.</summary>
    private Expression Value<T>(T value) => random.Next(2) == 0
        ? Expression.Constant(value, typeof(T))
        : Expression.Field(Expression.Constant(new Captured<T> { Value = value }), nameof(Captured<T>.Value));

    private Expression Condition(int depth)
    {
        switch (random.Next(depth == 0 ? 7 : 16))
        {
            case 0: return Column(nameof(Probe.Flag));
            case 1: return Expression.Equal(Column(nameof(Probe.Answer)), Expression.Convert(Value(random.Next(2) == 0), typeof(bool?)));
            case 2: return Expression.Coalesce(Column(nameof(Probe.Answer)), Value(random.Next(2) == 0));
            case 3: return NullTest();
            case 4: return Contains();
            case 5 or 6: return TextCondition();
            case 7: return Expression.AndAlso(Condition(depth - 1), Condition(depth - 1));
            case 8: return Expression.OrElse(Condition(depth - 1), Condition(depth - 1));
            case 9: return Expression.Not(Condition(depth - 1));
            case 10: return Expression.MakeBinary(Of([ExpressionType.And, ExpressionType.Or, ExpressionType.ExclusiveOr, ExpressionType.Equal, ExpressionType.NotEqual]), Condition(depth - 1), Condition(depth - 1));
            case 11: return Expression.Condition(Condition(depth - 1), Condition(depth - 1), Condition(depth - 1));
            case 12: return Expression.Equal(Answer(depth - 1), Expression.Constant(random.Next(2) == 0, typeof(bool?)));
            default: return Comparison(depth - 1);
        }
    }

    /// <summary>A bool?.</summary>
    private Expression Answer(int depth) => random.Next(depth <= 0 ? 2 : 4) switch
    {
        0 => Column(nameof(Probe.Answer)),
        1 => Expression.Convert(Condition(Math.Max(0, depth - 1)), typeof(bool?)),
        2 => Expression.Not(Answer(depth - 1)),
        _ => Expression.MakeBinary(Of([ExpressionType.And, ExpressionType.Or, ExpressionType.ExclusiveOr]), Answer(depth - 1), Answer(depth - 1)),
    };

    private Expression NullTest()
    {
        var column = Column(Of([nameof(Probe.Count), nameof(Probe.Rate), nameof(Probe.Wide), nameof(Probe.Note), nameof(Probe.Until), nameof(Probe.Better), nameof(Probe.Answer)]));
        return column.Type.IsValueType && random.Next(2) == 0
            ? Expression.Property(column, "HasValue")
            : Expression.MakeBinary(Of([ExpressionType.Equal, ExpressionType.NotEqual]), column, Expression.Constant(null, column.Type));
    }

    private Expression Comparison(int depth)
    {
        var type = Of([typeof(int), typeof(long), typeof(double), typeof(double), typeof(decimal), typeof(string), typeof(DateTime), typeof(TimeSpan), typeof(Guid), typeof(Grade)]);
        var (left, right) = (Of(type, depth), Of(type, depth));
        var isEquality = type == typeof(string) || type == typeof(Grade);
        if (type == typeof(Grade))
            (left, right) = (AsNumber(left), AsNumber(right)); // so does the compiler
        Align(ref left, ref right);
        return Expression.MakeBinary(isEquality ? Of([ExpressionType.Equal, ExpressionType.NotEqual]) : Of(s_orders), left, right);
    }

    private static Expression AsNumber(Expression grade) => Expression.Convert(grade, grade.Type == typeof(Grade) ? typeof(int) : typeof(int?));

    /// <summary>Where one may be null, both may.</summary>
    private static void Align(ref Expression left, ref Expression right)
    {
        if (left.Type == right.Type)
            return;
        if (Nullable.GetUnderlyingType(left.Type) is null)
            left = Expression.Convert(left, right.Type);
        else
            right = Expression.Convert(right, left.Type);
    }

    private Expression Of(Type type, int depth)
    {
        if (depth > 0 && random.Next(3) == 0)
        {
            var (left, right) = (Of(type, depth - 1), Of(type, depth - 1));
            if (random.Next(2) == 0)
            {
                Align(ref left, ref right);
                return Expression.Condition(Condition(depth - 1), left, right);
            }

            if (!left.Type.IsValueType || Nullable.GetUnderlyingType(left.Type) is not null)
                return Expression.Coalesce(left, right);
        }

        if (depth > 0 && random.Next(2) == 0 && type != typeof(string) && type != typeof(Guid) && type != typeof(Grade))
            return Computed(type, depth);
        return Leaf(type);
    }

    private Expression Computed(Type type, int depth)
    {
        if (type == typeof(DateTime))
            return Lifted(Of([ExpressionType.Add, ExpressionType.Subtract]), Leaf(type), Value(Of(s_spans)), typeof(TimeSpan?));
        if (type == typeof(TimeSpan))
            return Lifted(ExpressionType.Subtract, Leaf(typeof(DateTime)), Leaf(typeof(DateTime)), typeof(DateTime?));
        if (type != typeof(decimal) && random.Next(5) == 0)
            return Expression.Negate(Of(type, depth - 1));
        // Longer sums of decimals would have more digits than C# keeps, and the engine keeps them.
        var (left, right) = type == typeof(decimal) ? (SmallDecimal(), SmallDecimal()) : (Of(type, depth - 1), Of(type, depth - 1));
        Align(ref left, ref right);
        return Expression.MakeBinary(s_sums[random.Next(type == typeof(decimal) ? 4 : 5)], left, right);
    }

    private static Expression Lifted(ExpressionType operation, Expression left, Expression right, Type nullable)
    {
        if (Nullable.GetUnderlyingType(left.Type) is null && Nullable.GetUnderlyingType(right.Type) is null)
            return Expression.MakeBinary(operation, left, right);
        left = Nullable.GetUnderlyingType(left.Type) is null ? Expression.Convert(left, typeof(Nullable<>).MakeGenericType(left.Type)) : left;
        return Expression.MakeBinary(operation, left, right.Type == nullable ? right : Expression.Convert(right, nullable));
    }

    private Expression SmallDecimal() => random.Next(3) switch
    {
        0 => Column(nameof(Probe.Price)),
        1 => Value(Of(s_prices)),
        _ => Expression.Convert(Column(Of([nameof(Probe.Number), nameof(Probe.Big)])), typeof(decimal)),
    };

    private Expression Leaf(Type type) => Type.GetTypeCode(type) switch
    {
        _ when type == typeof(Grade) => Pick(Value(Of(s_grades)), nameof(Probe.Grade), nameof(Probe.Better)),
        TypeCode.Int32 => Pick(Value(Of(s_ints)), nameof(Probe.Number), nameof(Probe.Count)),
        TypeCode.Int64 when random.Next(3) == 0 => Expression.Convert(Leaf(typeof(int)), typeof(long?)),
        TypeCode.Int64 => Pick(Value(Of(s_longs)), nameof(Probe.Big), nameof(Probe.Huge)),
        TypeCode.Double when random.Next(3) == 0 => Expression.Convert(Leaf(Of([typeof(int), typeof(long)])), typeof(double?)),
        TypeCode.Double => Pick(Value(Of(s_doubles)), nameof(Probe.Level), nameof(Probe.Rate)),
        TypeCode.Decimal when random.Next(3) == 0 => Expression.Convert(Leaf(typeof(long)), typeof(decimal?)),
        TypeCode.Decimal => Pick(Value(Of(s_decimals)), nameof(Probe.Price), nameof(Probe.Wide)),
        TypeCode.DateTime => Pick(Value(Of(s_moments)), nameof(Probe.When), nameof(Probe.Until)),
        TypeCode.String => Pick(Value(Of(s_texts)), nameof(Probe.Name), nameof(Probe.Note)),
        _ when type == typeof(Guid) => Pick(Value(Of(s_guids)), nameof(Probe.Id), nameof(Probe.Other)),
        _ => Value(Of(s_spans)),
    };

    private Expression Pick(Expression value, string column, string nullable) => random.Next(5) switch
    {
        0 => value,
        1 or 2 => Column(column),
        _ => Column(nullable),
    };

    private Expression TextCondition()
    {
        var text = random.Next(2) == 0 ? Column(nameof(Probe.Name)) : Expression.Coalesce(Column(nameof(Probe.Note)), Expression.Constant(""));
        if (random.Next(4) == 0)
            text = Expression.Add(text, Column(nameof(Probe.Note)), typeof(string).GetMethod(nameof(string.Concat), [typeof(string), typeof(string)]));
        if (random.Next(4) == 0)
            return Expression.Call(typeof(string), nameof(string.IsNullOrEmpty), null, Column(nameof(Probe.Note)));
        if (random.Next(4) == 0)
        {
            var order = Expression.Call(typeof(string), nameof(string.CompareOrdinal), null, Column(nameof(Probe.Note)), Value(Of(["", "a", "ab", "b", "é"])));
            return Expression.MakeBinary(Of(s_orders), order, Expression.Constant(0));
        }

        var name = Of([nameof(string.StartsWith), nameof(string.EndsWith), nameof(string.Contains)]);
        var part = name != nameof(string.Contains) && random.Next(4) == 0 ? Column(nameof(Probe.Name)) : Value(Of(s_texts));
        return Expression.Call(text, typeof(string).GetMethod(name, [typeof(string), typeof(StringComparison)])!, part, Expression.Constant(StringComparison.Ordinal));
    }

    private Expression Contains() => random.Next(5) switch
    {
        0 => Contains(s_ints, nameof(Probe.Number)),
        1 => Contains<int?>([Of(s_ints), null, Of(s_ints)], nameof(Probe.Count)),
        2 => Contains([Of(s_texts), random.Next(2) == 0 ? null : "a"], nameof(Probe.Note)),
        3 => Contains([Of(s_doubles), Of(s_doubles), Of(s_doubles)], nameof(Probe.Level)),
        _ => Contains<Grade?>([Of(s_grades), random.Next(2) == 0 ? null : Grade.Low], nameof(Probe.Better)),
    };

    private Expression Contains<T>(T[] values, string column) => random.Next(2) == 0
        ? Expression.Call(typeof(Enumerable), nameof(Enumerable.Contains), [typeof(T)], Expression.Constant(values), Column(column))
        : Expression.Call(Expression.Constant(values.ToList()), typeof(List<T>).GetMethod(nameof(List<int>.Contains))!, Column(column));

    private sealed class Captured<T>
    {
        public T Value = default!;
    }
}
