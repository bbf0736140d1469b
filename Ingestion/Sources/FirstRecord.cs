using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Looks at an input's first record without consuming it, for the header and for counting columns.</summary>
/// <remarks>It stays unread, because a position to resume may lie inside it when other options were used before; only empty lines are consumed.</remarks>
internal static class FirstRecord
{
    /// <summary>Finds the first record that is no empty line.</summary>
    /// <param name="input">Stands at its start.</param>
    /// <param name="splitter">Of the input's format; it is reset.</param>
    /// <param name="record">The record's bytes without its line ending, valid until the input is used again.</param>
    /// <param name="end">Bytes of <see cref="SourceInput.Unread"/> up to the end of its line ending.</param>
    /// <returns>False where the input has no record.</returns>
    /// <exception cref="HeliosException">The record is too long, not closed or no UTF-8 (<c>malformed_header</c>).</exception>
    public static bool TryPeek(SourceInput input, IRecordSplitter splitter, CancellationToken cancellationToken, out ReadOnlySpan<byte> record, out int end)
    {
        splitter.Reset();
        var start = 0;
        while (true)
        {
            var unread = input.Unread[start..];
            var length = splitter.FindEnd(unread, input.IsEnded);
            var content = RecordReader.LengthWithoutEnding(unread[..length]);
            if (length > 0 && content == 0)
            {
                start += length;
                continue;
            }

            if (content > input.Limits.MaxRecordBytes || (length == 0 && unread.Length > input.Limits.MaxRecordBytes + 2))
                throw SourceErrors.Header(input.Name, "malformed_header", $"the first record has more than {input.Limits.MaxRecordBytes} bytes; perhaps a quote is not closed.");

            if (length > 0)
            {
                splitter.Reset();
                record = unread[..content];
                end = start + length;
                return System.Text.Unicode.Utf8.IsValid(record) ? true
                    : throw SourceErrors.Header(input.Name, "malformed_header", "its bytes are no UTF-8; convert the file first, for example with iconv -t UTF-8.");
            }

            if (input.IsEnded)
            {
                if (!unread.IsEmpty)
                    throw SourceErrors.Header(input.Name, "malformed_header", "a quote is not closed before the end of the input.");
                record = default;
                end = start;
                return false;
            }

            if (start > 0)
            {
                input.Consume(start); // empty lines must not fill the buffer
                start = 0;
            }

            input.Fill(cancellationToken);
        }
    }
}
