namespace Platform.Modeling.Tests;

public sealed class GptConfigTests
{
    [Fact]
    public void Validate_SeveralProblems_ReportsAll()
    {
        var config = new GptConfig { NHead = 5, NEmbd = 768, Dropout = 1, BlockSize = 0, VocabSize = -1 };
        var members = config.Validate().Select(problem => problem.Member).ToList();
        Assert.Equal(["vocab_size", "block_size", "n_embd", "dropout"], members);
        var error = Assert.Throws<ArgumentException>(config.ThrowIfInvalid);
        Assert.Contains("n_embd must be divisible by n_head", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SaveAndLoad_Config_IsTheSameInSnakeCase()
    {
        using var folder = new TempFolder();
        var config = GptConfig.Preset("gpt2-medium") with { Bias = false, Dropout = 0.1 };
        config.Save(folder["config.json"]);
        Assert.Equal(config, GptConfig.Load(folder["config.json"]));
        var text = File.ReadAllText(folder["config.json"]);
        Assert.Contains("\"n_embd\": 1024", text, StringComparison.Ordinal);
        Assert.DoesNotContain("padded", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Preset_Unknown_NamesTheKnown()
    {
        var error = Assert.Throws<ArgumentException>(() => GptConfig.Preset("gpt3"));
        Assert.Contains("gpt2-xl", error.Message, StringComparison.Ordinal);
        Assert.Equal(50304, GptConfig.Preset("gpt2").PaddedVocabSize);
    }
}
