using Platform.Datasets.Batches;
using Platform.Modeling;
using Platform.TrainerHost.Worker.Ranks;
using static TorchSharp.torch;

namespace Platform.TrainerHost.Worker;

/// <summary>
/// Measures the loss on the validation split: every time on the same batches, from its beginning on. Ranks take them in
/// turn.
/// </summary>
/// <param name="model">What is measured.</param>
/// <param name="batches">This rank's share.</param>
/// <param name="batch">To read them into.</param>
/// <param name="tokenBytes">Bytes of text behind each token id.</param>
/// <param name="ranks">Who shares the work.</param>
internal sealed class Validator(
    Gpt model, ValidationBatches batches, TokenBatch batch, int[] tokenBytes, RankGroup ranks)
{
    /// <summary>Mean loss over all predictions of the batches, in nats, and bits a byte of the text predicted.</summary>
    /// <returns>Null where it was interrupted.</returns>
    public ValidationResult? Run(CancellationToken stop)
    {
        using var noGrad = no_grad();
        model.eval();
        double[] figures = [0, 0];
        foreach (var part in batches.ForRank())
        {
            if (stop.IsCancellationRequested)
                return null;
            using var scope = NewDisposeScope();
            var (inputs, targets) = batch.Read(batches, part); // (B, T), (B, T)
            // The mean over a batch weighs as many predictions as count in it.
            if (batches.CountTargets(part) is var count and > 0)
                figures[0] += model.Loss(inputs, targets).item<float>() * (double)count;
            figures[1] += batch.CountTargets(part.Tokens, tokenBytes);
        }

        ranks.Sum(figures);
        return new ValidationResult(
            figures[0] / batches.PredictionCount, figures[1] > 0 ? figures[0] / Math.Log(2) / figures[1] : null);
    }
}
