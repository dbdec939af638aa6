using System.Globalization;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Hosting;
using Platform.Trainer.Service.Tests.Worker;

namespace Platform.Trainer.Service.Tests.Runs;

/// <summary>What a run would take, said before it is made, and held against what it then took.</summary>
public sealed class EstimateTests
{
    private const long Memory = 340L << 20; // A process's own 330 MiB, and 10 more.

    [Theory]
    [InlineData(2048, 16, "spec.batch.micro_batch_size")]
    [InlineData(2, 512, "spec.model")]
    public async Task CreateRun_MoreMemoryThanThereIs_IsRefusedUnlessForced(int sequences, int width, string field)
    {
        await using var suite = Suite.Start(
            s => s.Set("Trainer:MemoryBytes", Memory.ToString(CultureInfo.InvariantCulture)));
        var spec = Suite.Spec();
        (spec.Batch.MicroBatchSize, spec.Model.NEmbd, spec.Model.NLayer) = (sequences, width, 2);
        var estimate = (await suite.Runs.EstimateRunAsync(
            new EstimateRunRequest { Spec = spec }, cancellationToken: Suite.Cancel)).Estimate;
        Assert.True(estimate.ExceedsMemory);
        Assert.Equal(Memory, estimate.AvailableMemoryBytes);
        Assert.True(estimate.MemoryBytes > Memory);

        var failure = await Suite.FailureAsync(suite.Runs.CreateRunAsync(
            new CreateRunRequest { RunId = "large", Spec = spec }, cancellationToken: Suite.Cancel));

        Assert.Equal((StatusCode.InvalidArgument, field), (failure.Code, Assert.Single(failure.Fields)));
        Assert.Contains("there are 0.3. With force it is made", failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(suite.FolderOf("runs/large")));

        var name = await suite.CreateAsync("large", change: request => (request.Spec, request.Force) = (spec, true));
        Assert.True((await suite.UntilAsync(name, State.Succeeded)).Estimate.ExceedsMemory);
    }

    // The model and its micro-batch are the larger part here, so that what is compared is more than a process's own.
    [Theory]
    [InlineData(false, Precision.Fp32)]
    [InlineData(true, Precision.Fp32)]
    [InlineData(true, Precision.Bf16)]
    public async Task Usage_RealRun_IsWhatWasEstimated(bool compile, Precision precision)
    {
        using var data = new TinyRun();
        data.WriteDataset("tiny", TinyRun.Sentences(2000), TinyRun.Sentences(20));
        using var service = await TrainerProcess.StartAsync(data.DataRoot, realWorker: true);
        var spec = TinyRun.Spec();
        (spec.MaxSteps, spec.Compile, spec.Precision) = (2, compile, precision);
        spec.Model = new ModelSpec { NLayer = 6, NHead = 4, NEmbd = 256, BlockSize = 128 };
        spec.Batch = new BatchSpec { MicroBatchSize = 16, SequenceLength = 128, TokensPerStep = 2 * 16 * 128 };
        spec.Evaluation.ValidationInterval = 0;

        var first = await RunAsync("first");
        var second = await RunAsync("second");

        Assert.Equal(SpeedBasis.Assumed, first.Estimate.SpeedBasis);
        foreach (var run in new[] { first, second })
        {
            var (estimate, usage) = (run.Estimate, run.Usage);
            Assert.Equal(run.ParameterCount, estimate.ParameterCount);
            Assert.Equal(run.TrainableParameterCount, estimate.TrainableParameterCount);
            Assert.Equal(run.Step, estimate.Steps);
            Assert.Equal(run.Tokens, estimate.Steps * estimate.TokensPerStep);
            Assert.Equal(2, estimate.AccumulationSteps);
            Assert.Equal(usage.FlopsPerStep, estimate.FlopsPerStep);
            Assert.Equal(usage.FlopsPerStep * run.Step, estimate.Flops);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{run.Name}: {usage.MemoryBytes >> 20} MiB of {estimate.MemoryBytes >> 20} estimated, "
                + $"{usage.StepSeconds:F3} s a step of {estimate.StepSeconds:F3}.");
            Assert.InRange(usage.MemoryBytes / (double)estimate.MemoryBytes, 0.5, 1.15);
        }

        // The second estimate knows the machine: a step takes what the first run's took.
        Assert.Equal((SpeedBasis.EarlierRun, first.Name), (second.Estimate.SpeedBasis, second.Estimate.SpeedRun));
        Assert.Equal(
            spec.Batch.TokensPerStep / first.TokensPerSecond, second.Estimate.StepSeconds,
            1e-6 * second.Estimate.StepSeconds);

        // But not what a run takes that trains in another way.
        Assert.Equal(SpeedBasis.Assumed, await BasisAsync(other => other.Compile = !compile));
        Assert.Equal(SpeedBasis.Assumed, await BasisAsync(other => other.ActivationCheckpointing = true));
        Assert.Equal(SpeedBasis.EarlierRun, await BasisAsync(other => other.MaxSteps = 9));

        async Task<Run> RunAsync(string id)
        {
            await service.Runs.CreateRunAsync(
                new CreateRunRequest { RunId = id, Spec = spec }, cancellationToken: Suite.Cancel);
            return await service.FinishAsync($"runs/{id}");
        }

        async Task<SpeedBasis> BasisAsync(Action<RunSpec> change)
        {
            var other = spec.Clone();
            change(other);
            var request = new EstimateRunRequest { Spec = other };
            return (await service.Runs.EstimateRunAsync(request, cancellationToken: Suite.Cancel)).Estimate.SpeedBasis;
        }
    }
}
