using Grpc.Net.Client;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets;
using DatasetKind = Platform.Contracts.Tokenizer.V1.DatasetKind;

namespace Platform.Tokenizer.Service.Tests.Datasets;

/// <summary>Preparations that are stopped, killed or run out of disk.</summary>
public sealed class DatasetInterruptionTests
{
    // So much that a look every few milliseconds falls into its middle, on a busy machine as well.
    private const int TextBytes = 24_000_000;

    // Notes its place so often that a kill always finds a note.
    private static readonly Dictionary<string, string> s_settings = new()
    {
        ["Preparation__CheckpointInterval"] = "00:00:00.05",
    };

    [Fact]
    public async Task Preparation_ServiceKilledTwice_GoesOnAndEndsAsIfUndisturbed()
    {
        await using var host = new DatasetHost();
        var expected = await host.MakeAsync(Spec(), "whole");
        await host.RestartAsync(() => Task.Run(async () =>
        {
            var dataset = "datasets/killed";
            for (var kills = 0; kills < 2; kills++)
            {
                using var service = await ServiceProcess.StartAsync("Tokenizer.Service", host.Root, s_settings);
                using var channel = GrpcChannel.ForAddress(service.Grpc);
                var client = new DatasetService.DatasetServiceClient(channel);
                if (kills == 0)
                {
                    await client.CreateDatasetAsync(
                        new CreateDatasetRequest { DatasetId = "killed", Spec = Spec() });
                }

                // Somewhere in the middle, the second time further on; what was noted on disk is older than that.
                var share = 0.2 + (0.4 * kills);
                await Eventually.HoldsAsync(
                    async () =>
                    {
                        var found = (await client.GetDatasetAsync(
                            new GetDatasetRequest { Name = dataset })).Dataset;
                        Assert.NotEqual(State.Failed, found.State);
                        return found.State == State.Succeeded
                            || found.Progress is { } progress && progress.Done > share * progress.Total;
                    },
                    TimeSpan.FromSeconds(120));
                service.Kill();
                Assert.False(File.Exists(host["datasets/killed/manifest.json"]));
                Assert.True(File.Exists(host["datasets/killed/.work/progress.json"]));
            }
        }).GetAwaiter().GetResult());

        var dataset = await host.EndAsync("datasets/killed");

        Assert.Equal(State.Succeeded, dataset.State);
        Assert.Equal(Files(host, expected.Name), Files(host, dataset.Name));
        Assert.Equal(expected.Lengths, dataset.Lengths);
        Assert.False(Directory.Exists(host["datasets/killed/.work"]));
    }

    [Theory]
    [InlineData(DatasetKind.Tokens)]
    [InlineData(DatasetKind.Documents)]
    public async Task Preparation_StoppedInOrder_GoesOnWithWhatItLeft(DatasetKind kind)
    {
        await using var host = new DatasetHost();
        Directory.CreateDirectory(host["made"]);
        var spec = kind == DatasetKind.Tokens ? Shards(host) : Spec();
        spec.Kind = kind;
        if (kind == DatasetKind.Documents)
            (spec.Tokenizer, spec.ShardTokens) = (string.Empty, 0);
        var expected = await host.MakeAsync(spec, "whole");

        await host.CreateAsync(spec, "stopped");
        await host.WatchAsync("datasets/stopped", dataset =>
            dataset.State == State.Succeeded || dataset.Progress is { Done: > 0 });
        await host.RestartAsync(() => Assert.True(
            File.Exists(host["datasets/stopped/.work/progress.json"])
            || File.Exists(host["datasets/stopped/manifest.json"])));
        var dataset = await host.EndAsync("datasets/stopped");

        Assert.Equal(State.Succeeded, dataset.State);
        Assert.Equal(Files(host, expected.Name), Files(host, dataset.Name));
        Assert.Equal(expected.Lengths, dataset.Lengths);
    }

    [Fact]
    public async Task Preparation_DiskFull_FailsWithItsReasonAndLeavesNothing()
    {
        await using var host = new DatasetHost();
        using var disk = SmallDisk.Mount(host["datasets"], megabytes: 2);

        var dataset = await host.MakeAsync(Spec(), "large");

        Assert.Equal(State.Failed, dataset.State);
        Assert.Equal("DISK_FULL", dataset.Error.Reason);
        Assert.False(File.Exists(host["datasets/large/manifest.json"]));
        Assert.False(Directory.Exists(host["datasets/large/.work"]));
    }

    private static IEnumerable<(string, string)> Files(DatasetHost host, string name) =>
        DatasetFolder.Open(host[name]).Manifest.Files.Select(file => (file.Name, file.Sha256));

    /// <summary>Token shards made elsewhere: nanoGPT's format, of one token again and again.</summary>
    private static DatasetSpec Shards(DatasetHost host)
    {
        using (var file = File.Create(host["made/train.bin"]))
            file.SetLength(2 * TextBytes);
        return new DatasetSpec
        {
            FromShards = true,
            Inputs = { $"path:{host["made/train.bin"]}" },
            Tokenizer = DatasetHost.Tokenizer,
            ShardTokens = 1_000_000,
        };
    }

    private static DatasetSpec Spec() => new()
    {
        Bundled = new BundledCorpus { Form = CorpusForm.Stories, SizeBytes = TextBytes },
        Tokenizer = DatasetHost.Tokenizer,
        ShardTokens = 1_000_000,
    };
}
