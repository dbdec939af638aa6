using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets.Corpus;
using Platform.TokenizerHost.Datasets;
using Platform.TokenizerHost.Jobs;
using Platform.Workspaces;

namespace Platform.Tokenizer.Service.Tests.Datasets;

/// <summary>What a preparation tells of itself while it runs.</summary>
public sealed class DatasetProgressTests
{
    // Guards against a large text that seems to be encoded, from 0 % twice, while only its characters are counted.
    [Theory]
    [InlineData(ValidationSplit.Unspecified, 1, "counting characters", "encoding")]
    [InlineData(ValidationSplit.Tail, 1, "counting characters", "encoding")]
    [InlineData(ValidationSplit.Tail, 2, "counting characters", "encoding")]
    [InlineData(ValidationSplit.Documents, 2, "encoding")]
    public async Task Preparation_LongText_SaysWhetherItCountsOrEncodes(
        ValidationSplit split, int documents, params string[] phases)
    {
        await using var host = new DatasetHost();
        var stories = string.Join('\n', new StoryCorpus(5).Stories(600_000).Select(story => story.Text));
        var text = string.Join("<|endoftext|>", Enumerable.Repeat(stories, documents));
        await host.MakeAsync(
            new DatasetSpec
            {
                Inputs = { host.Write("text/one.txt", text) },
                Tokenizer = DatasetHost.Tokenizer,
                ValidationShare = 0.5,
                ValidationSplit = split,
            },
            "one");
        var job = JsonSerializer.Deserialize<Job>(
            File.ReadAllBytes(host["datasets/one/job.json"]), WorkspaceJson.Indented)!;
        var told = new List<JobProgress>();

        await host.Services.GetRequiredService<DatasetPreparation>().RunAsync(
            new JobContext(job, host["again"], TimeProvider.System, told.Add), DatasetHost.Token);

        Assert.Equal(phases, told.Select(progress => progress.Phase).Distinct());
        Assert.All(told, progress => Assert.InRange(progress.Done, 1, text.Length));
        Assert.All(told, progress => Assert.Equal((text.Length, "bytes"), (progress.Total, progress.Unit)));
    }
}
