using System.Security.Cryptography;
using System.Text;
using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion;

/// <summary>Seals and opens the rows of one table with a client's keys. It needs no engine and gives it no key: it may run where the engine does not.</summary>
/// <remarks>Thread-safe. The keys stay the caller's. What <see cref="Seal(Row, long)"/> gives is an ordinary row of <see cref="SealedSchema.Stored"/>, without the values that are not revealed.</remarks>
public sealed class RowSealer
{
    private readonly SealedSchema _schema;
    private readonly ClientKey _current;
    private readonly ClientKey[] _keys;
    private readonly ClientKey _blinding;
    private readonly TableDefinition _client;
    private readonly byte[] _table;

    /// <summary>Makes a sealer.</summary>
    /// <param name="schema">What is revealed.</param>
    /// <param name="current">Seals, and opens what it sealed.</param>
    /// <param name="previous">Open what they sealed: each row names its key.</param>
    public RowSealer(SealedSchema schema, ClientKey current, params ClientKey[] previous)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(previous);
        _schema = schema;
        _current = current;
        _keys = [current, .. previous];
        _blinding = current;
        _client = new TableDefinition(default, 0, schema.Table, 1, schema.Client);
        _table = Encoding.UTF8.GetBytes(schema.Table);
    }

    /// <summary>Makes the blind values of rows that are sealed.</summary>
    /// <value>
    /// The default is the current key. Blind values of two keys never meet: to keep equality and uniqueness over a change of the sealing key, leave this the first key.
    /// </value>
    public ClientKey BlindKey
    {
        get => _blinding;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            _blinding = value;
        }
    }

    /// <summary>What is revealed.</summary>
    public SealedSchema Schema => _schema;

    /// <summary>Seals a row.</summary>
    /// <param name="row">A row of <see cref="SealedSchema.Client"/>.</param>
    /// <param name="version">
    /// Given by the client to the state of this row, ascending; 0 for none. It stands readable in the sealed value, and cannot be changed there. Whoever remembers the last one
    /// finds out, by <see cref="Open(Row, long)"/>, that an older state of the row was put back.
    /// </param>
    /// <returns>A row of <see cref="SealedSchema.Stored"/>, to be inserted as any other. Sealed twice, a row gives different bytes.</returns>
    /// <exception cref="HeliosException">Invalid: the row breaks a rule of its table, with the code that an insert would give.</exception>
    public Row Seal(Row row, long version = 0)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        using var client = new ClearedBuffer();
        row.Write(_client, client.Bytes);
        return Seal(client.Bytes.Written, version, row);
    }

    /// <summary>Seals an object.</summary>
    /// <typeparam name="T">The type of <see cref="SealedSchema.Of{T}"/>.</typeparam>
    /// <param name="row">The object.</param>
    /// <param name="version">As in <see cref="Seal(Row, long)"/>.</param>
    /// <returns>As in <see cref="Seal(Row, long)"/>.</returns>
    /// <exception cref="HeliosException">As in <see cref="Seal(Row, long)"/>.</exception>
    public Row Seal<T>(T row, long version = 0)
        where T : notnull
    {
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        CheckType<T>();
        using var client = new ClearedBuffer();
        var fault = default(RowFault);
        if (!RowShape<T>.Instance.TryWrite(row, _client.SchemaVersion, client.Bytes, ref fault))
            throw ClientErrors.Refused(_schema.Table, _schema.Client, fault);
        return Seal(client.Bytes.Written, version, null);
    }

    /// <summary>Verifies and opens a row.</summary>
    /// <param name="stored">A row of <see cref="SealedSchema.Stored"/>, as the engine gives it back.</param>
    /// <param name="atLeast">The version that the client remembers; 0 takes any.</param>
    /// <returns>A row of <see cref="SealedSchema.Client"/>.</returns>
    /// <exception cref="HeliosException">
    /// Corrupt: <c>corrupt</c>, the row or a revealed column was changed, or stood in another row or table; <c>rolled_back</c>, its version is lower. Unavailable: <c>key_mismatch</c>, it
    /// was sealed under a client's key that was not given; <c>format_too_new</c>.
    /// </exception>
    public Row Open(Row stored, long atLeast = 0)
    {
        using var client = new ClearedBuffer();
        Open(stored, atLeast, client.Bytes);
        return Row.Read(_schema.Client, client.Bytes.Written);
    }

    /// <summary>Verifies a row and opens it as an object.</summary>
    /// <typeparam name="T">The type of <see cref="SealedSchema.Of{T}"/>.</typeparam>
    /// <param name="stored">As in <see cref="Open(Row, long)"/>.</param>
    /// <param name="atLeast">As in <see cref="Open(Row, long)"/>.</param>
    /// <exception cref="HeliosException">As in <see cref="Open(Row, long)"/>.</exception>
    public T Open<T>(Row stored, long atLeast = 0)
        where T : notnull
    {
        CheckType<T>();
        using var client = new ClearedBuffer();
        Open(stored, atLeast, client.Bytes);
        var reader = RowShape<T>.Instance.RentReader();
        var row = reader.Read(client.Bytes.Written);
        RowShape<T>.Instance.Return(reader);
        return row;
    }

    /// <summary>What stands in a blind column for a value: for <see cref="Table.FindAsync"/> and <see cref="Table.FindByAsync"/>.</summary>
    /// <param name="column">A blind column.</param>
    /// <param name="value">A value of the client's column, not NULL.</param>
    /// <exception cref="ArgumentException">The column is not blind.</exception>
    /// <exception cref="HeliosException">Invalid: no row of the column's type can have the value.</exception>
    public byte[] Blind(string column, object value) => BlindHash.Of(_schema, BlindOrdinal(column), value, _blinding);

    /// <summary>Does a row have a value in a blind column? Under the key for blind values, the current and the previous ones.</summary>
    /// <param name="stored">A row of <see cref="SealedSchema.Stored"/>; it is not verified here.</param>
    /// <param name="column">A blind column.</param>
    /// <param name="value">A value of the client's column, not NULL.</param>
    /// <remarks>With fewer than 16 bytes, other values match too: open the row and compare.</remarks>
    /// <exception cref="ArgumentException">The column is not blind.</exception>
    /// <exception cref="HeliosException">Invalid: no row of the column's type can have the value.</exception>
    public bool Matches(Row stored, string column, object value)
    {
        ArgumentNullException.ThrowIfNull(stored);
        var ordinal = BlindOrdinal(column);
        return stored[column] is byte[] there
            && _keys.Prepend(_blinding).Distinct().Any(key => CryptographicOperations.FixedTimeEquals(there, BlindHash.Of(_schema, ordinal, value, key)));
    }

    private Row Seal(ReadOnlySpan<byte> client, long version, Row? source)
    {
        var offsets = new int[_schema.Client.Columns.Length];
        if (!RowRules.TryValidate(_schema.Client, client, offsets, out var fault))
            throw ClientErrors.Refused(_schema.Table, _schema.Client, fault);

        var stored = new Row(_schema.Stored);
        for (var i = 0; i < _schema.Revealed.Length; i++)
        {
            var ordinal = _schema.Revealed[i];
            var value = new ValueView(client[offsets[ordinal]..]);
            stored[i] = !_schema.IsPlain(ordinal) ? BlindHash.Of(_schema, ordinal, client, offsets, _blinding)
                : source is not null ? source[ordinal]
                : ColumnClr.Read(_schema.Client.Columns[ordinal], value);
        }

        using var hidden = new ClearedBuffer();
        var writer = new RowWriter(hidden.Bytes);
        writer.Begin(_client.SchemaVersion, _schema.Hidden.Length);
        foreach (var ordinal in _schema.Hidden)
            writer.WriteRaw(new ValueView(client[offsets[ordinal]..]).Raw);
        writer.End();
        SealedPadding.Append(hidden.Bytes, _schema.PadTo);
        stored[_schema.Revealed.Length] = Encrypt(hidden.Bytes.Written, version, stored);
        return stored;
    }

    private byte[] Encrypt(ReadOnlySpan<byte> hidden, long version, Row revealed)
    {
        var envelope = new byte[SealedEnvelope.Overhead + hidden.Length];
        SealedEnvelope.WriteHeader(envelope, _current.Number, version, RandomNumberGenerator.GetBytes(SealedEnvelope.SaltSize), RandomNumberGenerator.GetBytes(SealedEnvelope.NonceSize));
        var written = SealedEnvelope.Decode(envelope, _schema.Table);
        using var aad = new ByteBuffer();
        WriteAad(written.Bound, revealed, aad);
        using var cipher = _current.OpenRow(written.Salt);
        cipher.Encrypt(written.Nonce, hidden, envelope.AsSpan(SealedEnvelope.HeaderSize, hidden.Length), envelope.AsSpan(^SealedEnvelope.TagSize..), aad.Written);
        return envelope;
    }

    private void Open(Row stored, long atLeast, ByteBuffer into)
    {
        ArgumentNullException.ThrowIfNull(stored);
        if (!ReferenceEquals(stored.Schema, _schema.Stored) && !stored.Schema.Columns.SequenceEqual(_schema.Stored.Columns))
            throw new ArgumentException($"The row is none of the stored form of table {_schema.Table}.", nameof(stored));
        var envelope = SealedEnvelope.Decode(stored[_schema.Revealed.Length] as byte[], _schema.Table);
        var number = envelope.KeyId;
        var key = Array.Find(_keys, k => k.Number == number) ?? throw ClientErrors.OtherKey(_schema.Table, number);

        using var aad = new ByteBuffer();
        WriteAad(envelope.Bound, stored, aad);
        var hidden = GC.AllocateUninitializedArray<byte>(envelope.Ciphertext.Length);
        using var cipher = key.OpenRow(envelope.Salt);
        try
        {
            cipher.Decrypt(envelope.Nonce, envelope.Ciphertext, envelope.Tag, hidden, aad.Written);
            // Only now the version is true.
            if (envelope.Version < atLeast)
                throw ClientErrors.RolledBack(_schema.Table, envelope.Version, atLeast);
            Join(stored, SealedPadding.Remove(hidden, _schema.Table), into);
        }
        catch (AuthenticationTagMismatchException)
        {
            throw ClientErrors.NotAuthentic(_schema.Table);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(hidden);
        }
    }

    /// <summary>Puts the client's row together; it has been verified, and is looked at like any other all the same.</summary>
    private void Join(Row stored, ReadOnlySpan<byte> hidden, ByteBuffer into)
    {
        Span<int> offsets = new int[_schema.Hidden.Length];
        RowView.ReadOffsets(hidden, offsets);
        var writer = new RowWriter(into);
        writer.Begin(_client.SchemaVersion, _schema.Client.Columns.Length);
        var (fromHidden, fromStored) = (0, 0);
        for (var i = 0; i < _schema.Client.Columns.Length; i++)
        {
            if (_schema.IsPlain(i))
                WritePlain(_schema.Client.Columns[i], stored[fromStored], ref writer);
            else
                writer.WriteRaw(new ValueView(hidden[offsets[fromHidden++]..]).Raw);
            fromStored += _schema.IsPlain(i) || _schema.BlindAt(i) is not null ? 1 : 0;
        }

        writer.End();
        var all = new int[_schema.Client.Columns.Length];
        if (!RowRules.TryValidate(_schema.Client, into.Written, all, out var fault))
            throw ClientErrors.Refused(_schema.Table, _schema.Client, fault);
    }

    /// <summary>What a sealed value is bound to besides its own header: the table, the schema, and everything that the row reveals, its key among it.</summary>
    private void WriteAad(ReadOnlySpan<byte> bound, Row revealed, ByteBuffer aad)
    {
        aad.Append("helios sealed row"u8);
        aad.Append(bound);
        aad.Append((byte)_table.Length); // 128 at most
        aad.Append(_table);
        aad.Append(_schema.Digest.AsSpan());
        var writer = new RowWriter(aad);
        writer.Begin(_client.SchemaVersion, _schema.Revealed.Length);
        for (var i = 0; i < _schema.Revealed.Length; i++)
            WritePlain(_schema.Stored.Columns[i], revealed[i], ref writer);
        writer.End();
    }

    private void WritePlain(Column column, object? value, ref RowWriter writer)
    {
        // Read back, a Numeric of more digits than decimal has is text.
        var fits = column.Type == ColumnType.Numeric && value is string digits
            ? ColumnText.TryParse(column, Encoding.UTF8.GetBytes(digits), ref writer, out _)
            : ColumnClr.TryWrite(column, value, ref writer, out _);
        if (!fits)
            throw new ArgumentException($"Table {_schema.Table}, column {column.Name}: the value is of another type than the column.");
    }

    private int BlindOrdinal(string column)
    {
        var ordinal = _schema.Client.OrdinalOf(column);
        return ordinal >= 0 && _schema.BlindAt(ordinal) is not null ? ordinal : throw new ArgumentException($"Table {_schema.Table} has no blind column {column}.", nameof(column));
    }

    private void CheckType<T>()
    {
        if (!RowShape<T>.Instance.Schema.Columns.SequenceEqual(_schema.Client.Columns))
            throw new ArgumentException($"{typeof(T)} has other columns than table {_schema.Table}.");
    }
}
