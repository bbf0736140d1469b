using Helios.Pipeline.Storage;

namespace Helios.Pipeline.Ingestion.Tests.Cli;

public sealed class ExportTests : CliTool
{
    private const string Types =
        "b=bool i2=int2 i4=int i8=bigint f4=real f8=double n=numeric vc=varchar(9) t=text c=char(9) by=bytea d=date tm=time ts=timestamp tz=timestamptz iv=interval u=uuid j=json jb=jsonb a=int8[] v=vector(2)";

    [Fact]
    public async Task Every_type_is_scanned_as_the_formats_promise()
    {
        var names = string.Join(',', Types.Split(' ').Select(t => t.Split('=')[0]));
        var values = """true,-2,4,8,1.5,NaN,1.00,a,b,c,AQI=,2024-02-29,12:34:56.7,2024-02-29T01:02:03,2024-02-29T01:02:03+02:00,1.02:03:04,0193a3a0-0000-7000-8000-000000000001,"{""x"" : 1}","{""b"":1,""a"":2}","[1,null]","[0.5,-1]" """.TrimEnd();
        var file = Write("t.csv", $"{names}\n{values}\n{new string(',', 20)}\n");
        await SucceedAsync(["ingest", file, "--db", Db, "--table", "t", "--quiet", .. Types.Split(' ').SelectMany(t => new[] { "--type", t })]);

        var ndjson = await SucceedAsync("scan", "--db", Db, "--table", "t");
        Assert.Equal(
            """{"b":true,"i2":-2,"i4":4,"i8":8,"f4":1.5,"f8":"NaN","n":"1.00","vc":"a","t":"b","c":"c","by":"AQI=","d":"2024-02-29","tm":"12:34:56.7","ts":"2024-02-29T01:02:03","tz":"2024-02-28T23:02:03Z","iv":"1.02:03:04","u":"0193a3a0-0000-7000-8000-000000000001","j":{"x" : 1},"jb":{"a":2,"b":1},"a":[1,null],"v":[0.5,-1]}""",
            ndjson.Lines[0]);
        Assert.Equal("{" + string.Join(',', names.Split(',').Select(n => $"\"{n}\":null")) + "}", ndjson.Lines[1]);

        var csv = await SucceedAsync("scan", "--db", Db, "--table", "t", "--format", "csv");
        Assert.Equal([names, values.Replace("2024-02-29T01:02:03+02:00", "2024-02-28T23:02:03Z").Replace("""{""b"":1,""a"":2}""", """{""a"":2,""b"":1}"""), new string(',', 20)], csv.Lines);
    }

    [Fact]
    public async Task Csv_quotes_what_needs_it_and_tells_null_from_the_empty_text()
    {
        var text = "k,\"a,\"\"b\"\"\"\n1,\n2,\"\"\n3,\"x,y\"\n4,\"say \"\"hi\"\"\"\n5,\"two\nlines\"\n6,\" blank \"\n";
        await SucceedAsync("ingest", Write("t.csv", text), "--db", Db, "--table", "t", "--quiet");
        Assert.Equal(text, (await SucceedAsync("scan", "--db", Db, "--table", "t", "--format", "csv")).Output);
    }

    [Fact]
    public async Task A_scan_taken_in_again_gives_the_same_scan()
    {
        await SucceedAsync("ingest", Trips, "--db", Db, "--table", "a", "--quiet");
        foreach (var (format, table) in new[] { ("csv", "b"), ("ndjson", "c") })
        {
            var scan = (await SucceedAsync("scan", "--db", Db, "--table", "a", "--format", format)).Output;
            await SucceedAsync("ingest", Write($"{table}.{format}", scan), "--db", Db, "--table", table, "--quiet");
            Assert.Equal(scan, (await SucceedAsync("scan", "--db", Db, "--table", table, "--format", format)).Output);
        }
    }

    [Fact]
    public async Task Json_with_line_endings_stays_on_one_line()
    {
        await using (var engine = await HeliosEngine.OpenAsync(Db))
        {
            var table = await engine.TableAsync("t", new TableSchema([new Column("j", ColumnType.Json)]));
            var row = table.NewRow();
            row["j"] = System.Text.Json.JsonDocument.Parse("{\n  \"a\": \"x\\ny\"\r\n}").RootElement;
            await table.InsertAsync(row);
        }

        var line = Assert.Single((await SucceedAsync("scan", "--db", Db, "--table", "t")).Lines);
        Assert.Equal("x\ny", System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("j").GetProperty("a").GetString());
    }

    [Fact]
    public async Task Tables_are_listed_with_columns_rows_and_lsn()
    {
        await SucceedAsync("ingest", Write("t.csv", "id,n\n1,a\n2,b\n"), "--db", Db, "--table", "t", "--key", "id", "--unique", "n", "--type", "n=varchar(5)", "--quiet");
        Assert.Matches("^t\tid int8 key, n varchar\\(5\\)\t2\t[0-9]+\n$", (await SucceedAsync("tables", "--db", Db)).Output);
        Assert.Matches(
            """^\{"tables":\[\{"name":"t","columns":\[\{"name":"id","type":"int8","nullable":false\},\{"name":"n","type":"varchar\(5\)","nullable":true\}\],"key":\["id"\],"unique":\["n"\],"rows":2,"lsn":\d+\}\],"lsn":\d+\}\n$""",
            (await SucceedAsync("tables", "--db", Db, "--json")).Output);
    }

    [Fact]
    public async Task A_key_of_several_columns_is_given_in_key_order()
    {
        await SucceedAsync("ingest", Write("t.csv", "a,b,c\n1,x,p\n-1,y,q\n"), "--db", Db, "--table", "t", "--key", "b,a", "--quiet");
        Assert.Equal("{\"a\":-1,\"b\":\"y\",\"c\":\"q\"}\n", (await SucceedAsync("get", "--db", Db, "--table", "t", "--key", "y", "--key", "-1")).Output);
    }
}
