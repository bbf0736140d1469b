using System.Linq.Expressions;
using System.Reflection;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>How objects of a type become rows and rows become objects. Made once per type by reflection; nothing of it is left on the way of a row.</summary>
internal sealed class RowShape<T> : IRowDecoding<T>
{
    private static readonly Lazy<RowShape<T>> s_shape = new(() => new RowShape<T>());

    private readonly ColumnWriter<T>[] _writers;
    private readonly Func<ColumnSlot>[] _slots;
    private readonly Func<ColumnSlot[], T> _make;
    private RowReader<T>? _spare;

    private RowShape()
    {
        var members = RowMembers.Of(typeof(T));
        var columns = RowColumn.Of(typeof(T), members);
        Columns = columns;
        Schema = RowColumn.Schema(typeof(T), columns);
        DefaultName = typeof(T).GetCustomAttribute<HeliosTableAttribute>()?.Name ?? typeof(T).Name;

        var make = typeof(RowShape<T>).GetMethod(nameof(MakeColumn), BindingFlags.NonPublic | BindingFlags.Static)!;
        var made = columns.ConvertAll(c => ((ColumnWriter<T> Writer, Func<ColumnSlot> Slot))make.MakeGenericMethod(c.Property.PropertyType).Invoke(null, [c])!);
        _writers = [.. made.Select(m => m.Writer)];
        _slots = [.. made.Select(m => m.Slot)];
        _make = CompileMake(members);
    }

    /// <summary>The shape of <typeparamref name="T"/>.</summary>
    /// <exception cref="ArgumentException">The type cannot be a row; says which property is why.</exception>
    public static RowShape<T> Instance => s_shape.Value;

    public TableSchema Schema { get; }

    /// <summary>The properties that are columns, by their ordinals.</summary>
    public IReadOnlyList<RowColumn> Columns { get; }

    /// <summary>The table's name where the caller gives none.</summary>
    public string DefaultName { get; }

    public ColumnWriter<T> this[int ordinal] => _writers[ordinal];

    /// <summary>Writes a row; false, with column and reason in <paramref name="fault"/>, where a value does not fit. What was written until then is the caller's to forget.</summary>
    /// <remarks>A null in a column that has a default becomes that; so does a null, or the 0 of a property that cannot be null, in one that is numbered.</remarks>
    public bool TryWrite(T row, uint schemaVersion, ByteBuffer into, ref RowFault fault, ColumnFill? fill = null)
    {
        var writer = new RowWriter(into);
        writer.Begin(schemaVersion, _writers.Length);
        for (var i = 0; i < _writers.Length; i++)
        {
            if (fill is not null && fill.Has(i) && _writers[i].IsMissing(row, fill.HasNumbers(i))
                ? fill.TryWrite(i, ref writer, out fault)
                : _writers[i].TryWrite(row, ref writer, ref fault))
                continue;
            fault = fault with { Ordinal = i };
            return false;
        }

        var length = writer.End();
        fill?.Encoded(into.Written[^length..]);
        return true;
    }

    /// <summary>A new slot for a column's value.</summary>
    public ColumnSlot MakeSlot(int ordinal) => _slots[ordinal]();

    /// <summary>Makes a row of its columns' slots, all of them, by their ordinals.</summary>
    public T Make(ColumnSlot[] slots) => _make(slots);

    /// <summary>A reader for one caller; give it back afterwards.</summary>
    public RowReader<T> RentReader() =>
        Interlocked.Exchange(ref _spare, null) ?? new RowReader<T>(Array.ConvertAll(_slots, make => make()), _make);

    public void Return(RowReader<T> reader) => Volatile.Write(ref _spare, reader);

    IRowDecoder<T> IRowDecoding<T>.Rent() => RentReader();

    void IRowDecoding<T>.Return(IRowDecoder<T> decoder) => Return((RowReader<T>)decoder);

    private static (ColumnWriter<T> Writer, Func<ColumnSlot> Slot) MakeColumn<TProperty>(RowColumn column)
    {
        var codec = (ValueCodec<TProperty>)column.Codec;
        var row = Expression.Parameter(typeof(T), "row");
        var get = Expression.Lambda<Func<T, TProperty>>(Expression.Property(row, column.Property), row).Compile();
        var name = column.Column.Name;
        return (new ColumnWriter<T, TProperty>(get, codec), () => new ColumnSlot<TProperty>(name, codec));
    }

    private static Func<ColumnSlot[], T> CompileMake(RowMembers members)
    {
        var slots = Expression.Parameter(typeof(ColumnSlot[]), "slots");
        var values = members.Properties.Select((property, i) => (Expression)Expression.Field(
            Expression.Convert(Expression.ArrayIndex(slots, Expression.Constant(i)), typeof(ColumnSlot<>).MakeGenericType(property.PropertyType)),
            nameof(ColumnSlot<int>.Value))).ToArray();
        var made = members.Constructor is null ? Expression.New(typeof(T)) : Expression.New(members.Constructor, values[..members.Arguments]);
        var rest = members.Properties.Select((property, i) => (property, i)).Skip(members.Arguments)
            .Select(p => (MemberBinding)Expression.Bind(p.property.SetMethod!, values[p.i]));
        return Expression.Lambda<Func<ColumnSlot[], T>>(Expression.MemberInit(made, rest), slots).Compile();
    }
}
