using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

internal sealed class TextCodec : ValueCodec<string?>
{
    public override bool TryWrite(string? value, ref RowWriter writer, ref RowFault fault)
    {
        if (value is null)
        {
            writer.WriteNull();
            return true;
        }

        try
        {
            writer.WriteText(value);
            return true;
        }
        catch (ArgumentException)
        {
            fault = new RowFault(RowFault.InvalidText, -1, Detail: "it has a lone surrogate");
            return false;
        }
    }

    public override string Read(ValueView value) => Encoding.UTF8.GetString(value.GetUtf8());
}

/// <summary>Enums by the names of their members; combinations of flags as "A, B".</summary>
internal sealed class EnumCodec<TEnum> : ValueCodec<TEnum>
    where TEnum : struct, Enum
{
    private readonly Dictionary<TEnum, byte[]> _names = [];
    private readonly bool _flags = typeof(TEnum).IsDefined(typeof(FlagsAttribute), inherit: false);

    public EnumCodec()
    {
        foreach (var value in Enum.GetValues<TEnum>())
            _names[value] = Encoding.UTF8.GetBytes(value.ToString());
    }

    public override bool TryWrite(TEnum value, ref RowWriter writer, ref RowFault fault)
    {
        if (_names.TryGetValue(value, out var name))
        {
            writer.WriteUtf8(name);
            return true;
        }

        var text = value.ToString();
        if (!_flags || char.IsAsciiDigit(text[^1]) && !Enum.GetNames<TEnum>().Contains(text.Split(", ")[^1]))
        {
            fault = new RowFault(RowFault.OutOfRange, -1, Detail: $"{typeof(TEnum).Name} has no member {text}");
            return false;
        }

        writer.WriteText(text);
        return true;
    }

    public override TEnum Read(ValueView value)
    {
        var utf8 = value.GetUtf8();
        foreach (var (known, name) in _names)
        {
            if (utf8.SequenceEqual(name))
                return known;
        }

        // Another name of a member that has two, or a combination of flags; never a bare number.
        var text = Encoding.UTF8.GetString(utf8);
        return text.Split(", ", _flags ? int.MaxValue : 1).All(Enum.GetNames<TEnum>().Contains) ? Enum.Parse<TEnum>(text) : throw Unknown(text);
    }

    private static FormatException Unknown(string text) => new($"{typeof(TEnum).Name} has no member '{text}'");
}

internal sealed class GuidCodec : ValueCodec<Guid>
{
    public override bool TryWrite(Guid value, ref RowWriter writer, ref RowFault fault)
    {
        writer.WriteGuid(value);
        return true;
    }

    public override Guid Read(ValueView value) => value.GetGuid();
}
