using Platform.Datasets.Batches;
using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.TrainerHost.Worker;

/// <summary>Measures the loss on the validation split: every time on the same batches, from its beginning on.</summary>
internal sealed class Validator(Gpt model, ValidationBatches batches, TokenBatch batch)
{
    /// <summary>Mean loss over all predictions of the batches, in nats.</summary>
    /// <returns>Null where it was interrupted.</returns>
    public double? Run(CancellationToken stop)
    {
        using var noGrad = no_grad();
        model.eval();
        var sum = 0.0;
        foreach (var part in batches.ForRank())
        {
            if (stop.IsCancellationRequested)
                return null;
            using var scope = NewDisposeScope();
            var (inputs, targets) = batch.Read(batches, part); // (B, T), (B, T)
            // The mean over a batch weighs as many predictions as count in it.
            if (batches.CountTargets(part) is var count and > 0)
                sum += model.Loss(inputs, targets).item<float>() * (double)count;
        }

        return sum / batches.PredictionCount;
    }
}
