using System.Text.Json.Nodes;
using Platform.Datasets.Readers;

namespace Platform.Datasets.Tests.Readers;

public sealed class ParquetTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Every sample with a text column: dictionary, delta and plain pages, of version 1 and 2, packed with
    /// snappy, gzip, zstd and lz4, and texts inside structs.</summary>
    [Theory]
    [InlineData("c4_demo_zstd.parquet", "text", 300, null)]
    [InlineData("imdb_test_1000_snappy.parquet", "text", 1000, null)]
    [InlineData("emagugli_train.parquet", "text", 2411, null)]
    [InlineData("aryashah_validation.parquet", "translation.en", 2000, null)]
    [InlineData("apache-parquet-testing/alltypes_plain.parquet", "string_col", 8, "0")]
    [InlineData("apache-parquet-testing/alltypes_plain.snappy.parquet", "date_string_col", 2, "04/01/09")]
    [InlineData("apache-parquet-testing/alltypes_dictionary.parquet", "string_col", 2, "0")]
    [InlineData("apache-parquet-testing/datapage_v2.snappy.parquet", "a", 5, "abc")]
    [InlineData("apache-parquet-testing/delta_byte_array.parquet", "c_email_address", 1000, null)]
    [InlineData("apache-parquet-testing/delta_length_byte_array.parquet", "FRUIT", 1000, "apple_banana_mango0")]
    [InlineData("apache-parquet-testing/lz4_raw_compressed.parquet", "c1", 4, "abc")]
    public void Read_SampleWithATextColumn_GivesItsRows(string name, string column, int rows, string? first)
    {
        var file = SourceFile.Find(SharedData.Require($"parquet-arrow/{name}"))[0];

        var records = DocumentReader.ReadRecords(file).Select(row => row.Record).ToList();

        Assert.Equal(rows, records.Count);
        Assert.All(records, record => Assert.True(record.ContainsKey(column)));
        if (first is not null)
            Assert.Equal(first, (string?)records.Select(record => record[column]).First(value => value is not null));
    }

    [Fact]
    public void Read_RowsWithAndWithoutNulls_AgreeWithTheJsonLinesTheyWereMadeFrom()
    {
        var parquet = SourceFile.Find(SharedData.Require("parquet-arrow/imdb_test_1000_snappy.parquet"))[0];
        var lines = SourceFile.Find(SharedData.Require("imdb/imdb_test_1000.jsonl"))[0];

        var expected = DocumentReader.ReadRecords(lines).Select(row => (Text(row.Record), Label(row.Record)));

        Assert.Equal(
            expected,
            DocumentReader.ReadRecords(parquet).Select(row => (Text(row.Record), Label(row.Record))));
    }

    [Fact]
    public void Read_ColumnInADamagedOne_IsReadWithoutIt()
    {
        // A truth value in an encoding that is not known must not cost the text beside it.
        var file = SourceFile.Find(
            SharedData.Require("parquet-arrow/apache-parquet-testing/datapage_v2.snappy.parquet"))[0];

        Assert.Equal(
            [1, 2, 3, 4, 5], DocumentReader.ReadRecords(file).Select(row => row.Record["b"]!.GetValue<int>()));
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.5)]
    [InlineData(0.001)]
    public void Read_TruncatedFile_SaysSo(double share)
    {
        var bytes = File.ReadAllBytes(SharedData.Require("parquet-arrow/c4_demo_zstd.parquet"));
        File.WriteAllBytes(_folder["cut.parquet"], bytes[..(int)(bytes.Length * share)]);

        var error = Assert.Throws<MalformedInputException>(
            () => DocumentReader.ReadRecords(SourceFile.Find(_folder["cut.parquet"])[0]).ToList());

        Assert.Contains("cut.parquet", error.Message, StringComparison.Ordinal);
        Assert.Contains("truncated", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DamagedInTheMiddle_SaysSo()
    {
        var bytes = File.ReadAllBytes(SharedData.Require("parquet-arrow/c4_demo_zstd.parquet"));
        bytes.AsSpan(bytes.Length / 3, 200).Clear();
        File.WriteAllBytes(_folder["bad.parquet"], bytes);

        Assert.Throws<MalformedInputException>(
            () => DocumentReader.ReadRecords(SourceFile.Find(_folder["bad.parquet"])[0]).ToList());
    }

    [Fact]
    public void Read_MissingColumn_NamesThoseThatAreThere()
    {
        var file = SourceFile.Find(SharedData.Require("parquet-arrow/emagugli_train.parquet"))[0];

        var error = Assert.Throws<MalformedInputException>(
            () => new DocumentReader(RecordText.OfField("content")).Read(file).ToList());

        Assert.Contains(
            "there is no field 'content' (there are: text, label)", error.Message, StringComparison.Ordinal);
    }

    private static string Text(JsonObject record) => record["text"]!.GetValue<string>();

    private static long Label(JsonObject record) => (long)record["label"]!;
}
