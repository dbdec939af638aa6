using Platform.Cli.Suite;

namespace Platform.Cli.Tests;

public sealed class SuiteAddressesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Find_SuiteFile_GivesItsAddresses()
    {
        File.WriteAllText(_folder["suite.json"], """
            {"tokenizer": {"grpc": "http://localhost:1"}, "trainer": {"grpc": "http://localhost:2"},
             "eval": {"grpc": "http://localhost:3"}, "inference": {"grpc": "http://localhost:4"},
             "dashboard": {"http": "http://localhost:5"}}
            """);

        var addresses = SuiteAddresses.Find(_folder["suite.json"]);

        Assert.Equal(3, addresses.Eval.Port);
        Assert.Equal(5, addresses.Dashboard!.Port);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("not json")]
    [InlineData("""{"tokenizer": {"grpc": null}}""")]
    [InlineData("""{"tokenizer": 1}""")]
    public void Find_BrokenSuiteFile_SaysSo(string content)
    {
        File.WriteAllText(_folder["suite.json"], content);

        var error = Assert.Throws<SuiteException>(() => SuiteAddresses.Find(_folder["suite.json"]));
        Assert.Contains("suite.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_NoSuchFile_SaysSo() =>
        Assert.Throws<SuiteException>(() => SuiteAddresses.Find(_folder["none.json"]));

    public void Dispose() => _folder.Dispose();
}
