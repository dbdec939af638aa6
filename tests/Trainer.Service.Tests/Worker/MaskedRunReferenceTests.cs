using System.Text.Json;
using Platform.Contracts.Trainer.V1;
using Platform.Datasets.Shards;
using Platform.Modeling;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Worker;
using TorchSharp;

namespace Platform.Trainer.Service.Tests.Worker;

/// <summary>
/// A run with a loss mask, as of instructions, against PyTorch (tests/reference/masked_run_reference.py).
/// </summary>
[Collection(nameof(TorchCollection))]
public sealed class MaskedRunReferenceTests
{
    private const int Steps = 12;
    private const int Tokens = 2000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_WithAMask_HasPyTorchsLossesAndNorms(bool compile)
    {
        using var weights = new TempFolder();
        using var run = new TinyRun(spec =>
        {
            spec.Model = new ModelSpec();
            spec.MaxSteps = Steps;
            spec.Compile = compile;
            spec.Batch = new BatchSpec { MicroBatchSize = 2, SequenceLength = 16, TokensPerStep = 128 };
            spec.Evaluation.ValidationInterval = 0;
        })
        {
            Base = new RunBase(RunBaseKind.Checkpoint, weights.Path, "runs/formula@1"),
        };
        run.Write();
        SaveWeights(weights.Path);
        WriteTokens(run);
        run.Mask();

        Assert.Equal(WorkerProgram.FinishedExitCode, run.Train());

        var reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(
            RepositoryRoot.Path, "tests", "reference", "masked_run_reference.json"))).RootElement;
        AssertClose(reference.GetProperty("losses"), run.Series("train_loss"));
        AssertClose(reference.GetProperty("norms"), run.Series("gradient_norm"));
        // Guards the reference: a mask that weighs all micro-batches alike would show nothing.
        Assert.Equal([2, 7, 11, 15], reference.GetProperty("counted")[0].EnumerateArray().Select(n => n.GetInt32()));
    }

    private static void AssertClose(JsonElement expected, SortedDictionary<long, long> series)
    {
        var actual = series.Values.Select(BitConverter.Int64BitsToDouble).ToList();
        Assert.Equal(Steps, actual.Count);
        foreach (var (step, (one, other)) in expected.EnumerateArray().Select(x => x.GetDouble()).Zip(actual).Index())
            Assert.True(Math.Abs(one - other) <= 1e-4 * one, $"Step {step + 1}: {other} in place of {one}");
    }

    private static void WriteTokens(TinyRun run)
    {
        var letters = string.Concat(TinyRun.Alphabet.Order());
        int[] tokens = [.. Enumerable.Range(0, Tokens).Select(i => ((i * i) + (3 * i) + (i / 5)) % letters.Length)];
        run.WriteDataset("tiny", string.Concat(tokens.Select(token => letters[token])), "");
        using var shard = TokenShard.Open(Directory.GetFiles(run.Dataset, "train*.bin").Single());
        var written = new int[Tokens];
        shard.CopyTo(0, written.AsSpan());
        Assert.Equal(tokens, written);
    }

    private static void SaveWeights(string folder)
    {
        var config = new GptConfig
        {
            VocabSize = TinyRun.Alphabet.Length,
            VocabMultiple = 8,
            BlockSize = 16,
            NLayer = 2,
            NHead = 2,
            NEmbd = 16,
        };
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        using var model = new Gpt(config, seed: null);
        foreach (var (number, (name, parameter)) in model.named_parameters().Index())
        {
            var scale = parameter.dim() == 2 ? 0.1 : 0.05;
            var isNorm = name.Contains(".ln_", StringComparison.Ordinal)
                && name.EndsWith(".weight", StringComparison.Ordinal);
            var values = Enumerable.Range(0, (int)parameter.numel())
                .Select(i => (float)((isNorm ? 1 : 0) + (scale * Math.Sin(1 + (0.7 * i) + (1.3 * number)))));
            parameter.copy_(torch.tensor(values.ToArray()).view(parameter.shape));
        }

        model.ClearCopies();
        ModelFolder.Save(model, folder);
    }
}
