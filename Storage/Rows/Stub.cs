#pragma warning disable
namespace Helios.Pipeline.Storage;
internal struct RowWriter { public RowWriter(ByteBuffer b){} public void Begin(uint v,int c){} public void WriteNull(){} public void WriteText(ReadOnlySpan<char> s){} public void WriteGuid(Guid g){} public void WriteInt64(long l){} public void WriteUtf8(ReadOnlySpan<byte> b){} public void WriteBytes(ReadOnlySpan<byte> b){} }
internal readonly ref struct RowView { public RowView(ReadOnlySpan<byte> b){} public ValueView this[int i]=>default; public static void ReadOffsets(ReadOnlySpan<byte> b, Span<int> o){} }
internal readonly ref struct ValueView { public bool IsNull=>false; public Guid GetGuid()=>default; public long GetInt64()=>0; public ReadOnlySpan<byte> GetUtf8()=>default; public ReadOnlySpan<byte> GetBytes()=>default; }
internal struct RowFault { public string Code; public int Ordinal; public string Message(TableSchema s)=>""; }
internal static class RowRules { public static bool TryValidate(TableSchema s, ReadOnlySpan<byte> r, Span<int> o, out RowFault f){f=default;return true;} }
internal struct KeyResult { public int Length; public bool HasNull, IsTooLong; }
internal sealed class KeyEncoder { public const int MaxKeyBytes=65536; public KeyEncoder(TableSchema s, System.Collections.Immutable.ImmutableArray<int> o){} public KeyResult Append(ReadOnlySpan<byte> r, ReadOnlySpan<int> o, ByteBuffer b)=>default; }
internal static class ColumnText { public static bool TryParse(Column c, ReadOnlySpan<byte> t, ref RowWriter w, out string? why){why=null;return true;} }
internal static class ColumnClr { public static object? Read(Column c, ValueView v)=>null; public static bool TryWrite(Column c, object? v, ref RowWriter w, out RowFault f){f=default;return true;} }
