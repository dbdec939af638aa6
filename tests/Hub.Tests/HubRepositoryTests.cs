namespace Platform.Hub.Tests;

public sealed class HubRepositoryTests
{
    [Theory]
    [InlineData("hf:gpt2", "gpt2", "main")]
    [InlineData("hf:openai-community/gpt2", "openai-community/gpt2", "main")]
    [InlineData("hf:owner/name.v2@refs/pr/1", "owner/name.v2", "refs/pr/1")]
    public void TryParseModel_Reference_GivesItsParts(string text, string id, string revision)
    {
        var repository = HubRepository.TryParseModel(text);

        Assert.Equal(new HubRepository(HubKind.Models, id, revision), repository);
        Assert.Equal(text, repository!.ToString());
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("hf:")]
    [InlineData("hf:../etc")]
    [InlineData("hf:a/b/c")]
    [InlineData("hf:datasets/a/b")]
    [InlineData("hf:a/..")]
    public void TryParseModel_AnythingElse_IsNone(string text) =>
        Assert.Null(HubRepository.TryParseModel(text));

    [Theory]
    [InlineData("hf:datasets/o/n/sample/10BT/*.parquet", "o/n", "main", "sample/10BT/*.parquet")]
    [InlineData("hf:datasets/o/n@v1/a.jsonl", "o/n", "v1", "a.jsonl")]
    public void TryParseDatasetFiles_Reference_GivesItsParts(string text, string id, string revision, string pattern) =>
        Assert.Equal(
            (new HubRepository(HubKind.Datasets, id, revision), pattern), HubRepository.TryParseDatasetFiles(text));

    [Theory]
    [InlineData("hf:datasets/o/n")]
    [InlineData("hf:datasets/o/n/../../x")]
    [InlineData("hf:o/n/x")]
    public void TryParseDatasetFiles_AnythingElse_IsNone(string text) =>
        Assert.Null(HubRepository.TryParseDatasetFiles(text));

    [Theory]
    [InlineData("../x")]
    [InlineData("a/./b")]
    [InlineData("/etc/passwd")]
    [InlineData("a\\b")]
    public void Of_PathOutOfTheRepository_IsRefused(string path) =>
        Assert.Throws<ArgumentException>(() => HubFile.Of(new HubRepository(HubKind.Models, "gpt2"), path));
}
