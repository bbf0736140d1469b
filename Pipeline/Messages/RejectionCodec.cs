using System.Buffers.Binary;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline;

/// <summary>
/// The rows that a producer's commit left out, as log and store keep them: one after the other, to the end of the bytes; little-endian.
/// <code>
///      0    4 row
///      4    … table, code, column, constraint, message: each 4 bytes length (-1 = null) and UTF-8
/// </code>
/// </summary>
internal static class RejectionCodec
{
    /// <summary>Of a longer list its beginning is kept: it shares the 64 KiB that a frame has beside a commit's payload.</summary>
    public const int MaxBytes = 32 << 10;

    private const int Texts = 5;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Appends the list, or as much of its beginning as fits into <see cref="MaxBytes"/>.</summary>
    public static void Write(IReadOnlyList<RowRejection> rejections, ByteBuffer to)
    {
        var start = to.Length;
        foreach (var rejection in rejections)
        {
            var mark = to.Length;
            Write(rejection.Row, to);
            Write(rejection.Table, to);
            Write(rejection.Code, to);
            Write(rejection.Column, to);
            Write(rejection.Constraint, to);
            Write(rejection.Message, to);
            if (to.Length - start <= MaxBytes)
                continue;
            to.Truncate(mark);
            return;
        }
    }

    /// <exception cref="HeliosException">"corrupt".</exception>
    public static IReadOnlyList<RowRejection> Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return [];
        var rejections = new List<RowRejection>();
        while (!bytes.IsEmpty)
        {
            var row = TakeNumber(ref bytes);
            var table = ReadText(ref bytes);
            rejections.Add(new RowRejection(row, ReadText(ref bytes) ?? throw Missing(), ReadText(ref bytes), ReadText(ref bytes), ReadText(ref bytes) ?? throw Missing()) { Table = table });
        }

        return rejections;
    }

    /// <summary>Throws where <see cref="Read"/> would, and makes nothing.</summary>
    /// <returns>How many rows are listed.</returns>
    public static int Check(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        for (; !bytes.IsEmpty; count++)
        {
            TakeNumber(ref bytes);
            for (var text = 0; text < Texts; text++)
            {
                if (!TryTakeText(ref bytes, out var utf8))
                {
                    if (text is 1 or Texts - 1)
                        throw Missing();
                }
                else if (!System.Text.Unicode.Utf8.IsValid(utf8))
                {
                    throw ChangeFormat.Damaged("a row left out has a text that is no UTF-8");
                }
            }
        }

        return count;
    }

    private static void Write(int number, ByteBuffer to)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to.GetSpan(sizeof(int)), number);
        to.Advance(sizeof(int));
    }

    private static void Write(string? text, ByteBuffer to)
    {
        if (text is null)
        {
            Write(-1, to);
            return;
        }

        var length = Encoding.UTF8.GetByteCount(text);
        Write(length, to);
        to.Advance(Encoding.UTF8.GetBytes(text, to.GetSpan(length)));
    }

    private static string? ReadText(ref ReadOnlySpan<byte> bytes)
    {
        if (!TryTakeText(ref bytes, out var utf8))
            return null;
        try
        {
            return s_strict.GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            throw ChangeFormat.Damaged("a row left out has a text that is no UTF-8");
        }
    }

    private static bool TryTakeText(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> utf8)
    {
        var length = TakeNumber(ref bytes);
        if (length < -1 || length > bytes.Length)
            throw ChangeFormat.Damaged($"a row left out says {length} bytes of text where {bytes.Length} are left");
        utf8 = bytes[..Math.Max(length, 0)];
        bytes = bytes[utf8.Length..];
        return length >= 0;
    }

    private static int TakeNumber(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(int))
            throw ChangeFormat.Damaged("the list of rows left out ends inside a number");
        var number = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        bytes = bytes[sizeof(int)..];
        return number;
    }

    private static HeliosException Missing() => ChangeFormat.Damaged("a row left out has no code or no message");
}
