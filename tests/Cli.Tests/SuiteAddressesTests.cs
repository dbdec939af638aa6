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

    [Fact]
    public void Find_FourAddresses_AreTaken()
    {
        var addresses = SuiteAddresses.Find(null, variable => variable.EndsWith("_URL", StringComparison.Ordinal)
            ? $"http://localhost:{variable.Length}"
            : null);

        Assert.Equal(new Uri($"http://localhost:{"PLATFORM_TRAINER_URL".Length}"), addresses.Trainer);
        Assert.Null(addresses.Dashboard);
    }

    // It said that no suite was found, and nothing of the addresses that were given.
    [Fact]
    public void Find_SomeOfFourAddresses_NamesThoseThatAreNotSet()
    {
        var error = Assert.Throws<SuiteException>(() => SuiteAddresses.Find(null, variable => variable switch
        {
            "PLATFORM_TOKENIZER_URL" or "PLATFORM_EVAL_URL" => "http://localhost:5101",
            _ => null,
        }));

        Assert.Contains(
            "PLATFORM_TRAINER_URL and PLATFORM_INFERENCE_URL are not set", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost:5101")]
    [InlineData("no address")]
    public void Find_AddressThatIsNone_IsRefusedByItsName(string url)
    {
        var error = Assert.Throws<SuiteException>(() => SuiteAddresses.Find(
            null, variable => variable == "PLATFORM_EVAL_URL" ? url : "http://localhost:5101"));

        Assert.Contains($"PLATFORM_EVAL_URL is '{url}'", error.Message, StringComparison.Ordinal);
    }
}
