using Platform.Contracts.Trainer.V1;
using Platform.Tokenization;
using Platform.Tokenization.Training;
using Platform.Trainer.Service.Tests.Hosting;
using Platform.Trainer.Service.Tests.Worker;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Worker;

namespace Platform.Trainer.Service.Tests.Export;

/// <summary>A trained run with a byte-level tokenizer, an adapter on it, and the service over both.</summary>
public sealed class ExportFixture : IAsyncLifetime
{
    private readonly TinyRun _run;
    private readonly HubFolder _hub = new();
    private TrainerProcess? _service;

    public ExportFixture()
    {
        var text = TinyRun.Sentences(200);
        Tokenizer = TokenizerTrainer.Train(
            [TextChunk.Document(text)],
            new TokenizerTrainingOptions { VocabularySize = 281, SpecialTokens = ["<|endoftext|>"] }).Tokenizer;
        _run = new TinyRun(Configure);
        _run.WriteDataset("tiny", text, TinyRun.Sentences(40), Tokenizer);
        Assert.Equal(WorkerProgram.FinishedExitCode, _run.Train());
    }

    internal TextTokenizer Tokenizer { get; }

    internal string DataRoot => _run.DataRoot;

    internal string Checkpoint => _run.Checkpoints.List().Complete[0].Folder;

    /// <summary>Another run's checkpoint, of an adapter on this one.</summary>
    internal string Adapter { get; private set; } = "";

    internal ExportService.ExportServiceClient Exports => _service!.Exports;

    internal RunService.RunServiceClient Runs => _service!.Runs;

    internal HubFolder Hub => _hub;

    internal double ValidationLoss => BitConverter.Int64BitsToDouble(_run.Series("validation_loss").Last().Value);

    public async ValueTask InitializeAsync()
    {
        Adapter = TrainAdapter();
        _service = await TrainerProcess.StartAsync(DataRoot, realWorker: true, _hub.Address);
    }

    public ValueTask DisposeAsync()
    {
        _service?.Dispose();
        _hub.Dispose();
        _run.Dispose();
        return ValueTask.CompletedTask;
    }

    // Trained elsewhere, since a TinyRun has one run; its folder is moved to the others.
    private string TrainAdapter()
    {
        using var tuned = new TinyRun(spec =>
        {
            Configure(spec);
            (spec.Model, spec.MaxSteps) = (new ModelSpec(), 5);
            spec.Lora = new LoraSpec { Rank = 2, Alpha = 8, Targets = { "c_attn" } };
        })
        {
            Base = new RunBase(RunBaseKind.Checkpoint, Checkpoint, "runs/tiny@120"),
        };
        var text = string.Concat(Enumerable.Repeat("the log sat on the cat.\n", 200));
        tuned.WriteDataset("tiny", text, TinyRun.Sentences(40), Tokenizer);
        tuned.Write();
        Assert.Equal(WorkerProgram.FinishedExitCode, tuned.Train());
        var folder = Path.Combine(DataRoot, "runs", "adapter");
        Directory.Move(tuned.Folder, folder);
        return Path.Combine(folder, "checkpoints", "step-00000005");
    }

    private static void Configure(RunSpec spec)
    {
        (spec.Model.NEmbd, spec.Model.BlockSize, spec.MaxSteps) = (32, 64, 120);
        (spec.Batch.SequenceLength, spec.Batch.TokensPerStep) = (64, 256);
        spec.Checkpoint.Interval = 0;
    }
}
