namespace Platform.Modeling.Tests;

/// <summary>The single-file programs in examples/, which end with 0 where what they claim came out.</summary>
public sealed class ExampleTests
{
    [Theory]
    [InlineData("accumulation", "4.0000 times the whole batch's")]
    [InlineData("attention-shapes", "(2, 12, 8, 64)")]
    [InlineData("initialization", "deviation 0.00408, meant 0.00408")]
    [InlineData("top-k-sampling", "k = 1, temperature 1:")]
    public async Task Example_AsItsFirstLinesSay_ShowsWhatItClaims(string name, string figure)
    {
        var result = await Programs.RunAsync(
            "dotnet", ["run", "-c", "Release", $"examples/{name}.cs"], RepositoryRoot.Path, seconds: 300);

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains(figure, result.Output, StringComparison.Ordinal);
    }
}
