using Platform.Datasets.Batches;
using Platform.Modeling;
using Platform.Tokenization;
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
    Gpt model, ValidationBatches batches, TokenBatch batch, int[] tokenBytes, RankGroup ranks) : IDisposable
{
    /// <summary>Makes one for a run; null where it wants none, or its data set has no validation part.</summary>
    public static Validator? Create(
        TrainingPlan plan,
        RunDataset data,
        Gpt model,
        TextTokenizer tokenizer,
        RankGroup ranks,
        RunRecords records)
    {
        if (plan.ValidationInterval == 0)
            return null;
        var shape = new BatchShape(plan.MicroBatchSize, plan.SequenceLength, ranks.Rank, ranks.World);
        if (data.CreateValidation(plan, shape) is not { } batches)
        {
            records.Log("The data set has no validation part: no validation loss.");
            return null;
        }

        var bytes = new int[data.Tokenizer.VocabularySize];
        for (var id = 0; id < Math.Min(bytes.Length, tokenizer.VocabularySize); id++)
            bytes[id] = tokenizer.IsToken(id) && !tokenizer.IsSpecial(id) ? tokenizer.TokenBytes(id).Length : 0;
        var batch = new TokenBatch(shape.Tokens, data.Tokenizer.VocabularySize, model.Device);
        return new Validator(model, batches, batch, bytes, ranks);
    }

    /// <summary>
    /// Mean loss over all predictions of the batches, in nats, and bits a byte of the text predicted.
    /// </summary>
    /// <returns>Null where it was interrupted.</returns>
    public ValidationResult? Run(CancellationToken stop) => Run(1, (i, t) => model.Loss(i, t).view(1), stop)?[0];

    /// <summary>The same of several sets of weights at once.</summary>
    /// <param name="count">How many.</param>
    /// <param name="losses">The loss of each on inputs and targets: (B, T), (B, T) → (count).</param>
    /// <param name="stop">Interrupts it.</param>
    public ValidationResult[]? Run(int count, Func<Tensor, Tensor, Tensor> losses, CancellationToken stop)
    {
        using var noGrad = no_grad();
        model.eval();
        var figures = new double[count + 1]; // The last: bytes.
        foreach (var part in batches.ForRank())
        {
            if (stop.IsCancellationRequested)
                return null;
            using var scope = NewDisposeScope();
            var (inputs, targets) = batch.Read(batches, part); // (B, T), (B, T)
            // The mean over a batch weighs as many predictions as count in it.
            if (batches.CountTargets(part) is var predictions and > 0)
            {
                var means = losses(inputs, targets).cpu().data<float>();
                for (var i = 0; i < count; i++)
                    figures[i] += means[i] * (double)predictions;
            }

            figures[count] += batch.CountTargets(part.Tokens, tokenBytes);
        }

        ranks.Sum(figures);
        var bytes = figures[count];
        return
        [
            .. figures.Take(count).Select(sum => new ValidationResult(
                sum / batches.PredictionCount, bytes > 0 ? sum / Math.Log(2) / bytes : null)),
        ];
    }

    /// <inheritdoc/>
    public void Dispose() => batch.Dispose();
}
