using Platform.Modeling;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Worker;
using Platform.TrainerHost.Worker.Checkpoints;
using static TorchSharp.torch;

namespace Platform.Trainer.Service.Tests.Worker;

/// <summary>Checkpoints that are written by a thread of their own while training goes on.</summary>
[Collection(nameof(TorchCollection))]
public sealed class CheckpointWriterTests
{
    private const int Checkpoints = 12;

    [Fact]
    public void Write_TrainingGoesOnMeanwhile_HoldsTheStateOfItsStep()
    {
        using var temp = new TempFolder();
        File.WriteAllText(temp["tokenizer.json"], "{}");
        Directory.CreateDirectory(temp["run"]);
        using var scope = NewDisposeScope();
        using var model = NewModel();
        var selection = ParameterSelection.Of(model);
        using var optimizer = new AdamW(selection, new AdamWOptions());
        using var records = new RunRecords(temp["run"], 1, TextWriter.Null, TimeProvider.System);
        var store = new CheckpointStore(temp["checkpoints"]);
        var expected = new List<float[][]>();
        var overlaps = 0;
        Train(model, selection, optimizer); // Moments that are not zero.

        using (var writer = new CheckpointWriter(
            store, model, null, selection, optimizer, RunBase.New, temp["tokenizer.json"], keepLast: 0, records))
        {
            for (var step = 1; step <= Checkpoints; step++)
            {
                expected.Add(State(selection, optimizer));
                writer.Write(new TrainerState { Seed = 1, Step = step });
                for (var update = 0; update < 3; update++)
                {
                    writer.BeforeUpdate();
                    overlaps += store.List().Complete.Count < step ? 1 : 0;
                    Train(model, selection, optimizer);
                }
            }

            writer.Complete();
        }

        Assert.True(overlaps > 0, "Every checkpoint was written before the weights changed: this has shown nothing.");
        var complete = store.List().Complete;
        Assert.Equal(Enumerable.Range(1, Checkpoints).Reverse(), complete.Select(checkpoint => (int)checkpoint.Step));
        foreach (var checkpoint in complete)
        {
            Assert.Null(checkpoint.FindFault());
            using var restored = ModelFolder.Load(checkpoint.Folder);
            var parts = ParameterSelection.Of(restored);
            using var moments = new AdamW(parts, new AdamWOptions());
            moments.Load(checkpoint[CheckpointFiles.Optimizer]);
            Assert.Equal(expected[(int)checkpoint.Step - 1], State(parts, moments));
        }
    }

    private static Gpt NewModel() => new(new GptConfig
    {
        VocabSize = 64,
        VocabMultiple = 1,
        BlockSize = 16,
        NLayer = 4,
        NHead = 4,
        NEmbd = 128,
    });

    private static void Train(Gpt model, ParameterSelection selection, AdamW optimizer)
    {
        using var scope = NewDisposeScope();
        selection.ClearGradients();
        var ids = TensorNumbers.CountingTo(32, CPU).view(2, 16);
        model.AccumulateGradients(ids, ids);
        optimizer.Step(1e-3);
    }

    private static float[][] State(ParameterSelection selection, AdamW optimizer) =>
    [
        .. selection.Parameters.Select(parameter => (Tensor)parameter.Value).Concat(optimizer.Moments)
            .Select(tensor => tensor.detach().data<float>().ToArray()),
    ];
}
