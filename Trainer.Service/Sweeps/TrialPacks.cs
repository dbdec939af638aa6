using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Runs;

namespace Platform.TrainerHost.Sweeps;

/// <summary>Which trials of a sweep may train together: LoRA adapters on one base, from the same batches.</summary>
internal static class TrialPacks
{
    /// <summary>Rows (B·T) of a pass up to which <c>pack: 0</c> joins trials: small batches gain by company.</summary>
    private const int MostRows = 1024;

    private const int MostTrials = 16;

    /// <summary>What a trial's run is told; null where it trains alone.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="spec">The trial's spec, every default filled in.</param>
    /// <param name="baseModel">What it starts from; null where that is not to be had.</param>
    public static RunPack? Of(SweepRecord sweep, RunSpec spec, BaseModelFacts? baseModel)
    {
        if (baseModel is null || !MayBePacked(spec, baseModel))
            return null;
        var rows = (long)spec.Batch.MicroBatchSize * spec.Batch.SequenceLength;
        var size = sweep.Spec.Pack == 0 ? (int)Math.Clamp(MostRows / rows, 1, MostTrials) : sweep.Spec.Pack;
        return size > 1 ? new RunPack(KeyOf(spec), size) : null;
    }

    // What the pass of several cannot do, or what is the business of a whole process.
    private static bool MayBePacked(RunSpec spec, BaseModelFacts baseModel) =>
        spec.Lora is { Dora: false, Bias: not LoraBias.All } && baseModel.Dropout == 0 && spec.Ranks <= 1
        && !spec.ActivationCheckpointing && spec.Recovery is not { OomBackoff: true };

    // All that must be the same: the spec without what each adapter and its optimizer have of their own.
    private static string KeyOf(RunSpec spec)
    {
        var shared = spec.Clone();
        shared.ClearMaxSteps();
        (shared.Optimizer, shared.EarlyStopping, shared.Recovery, shared.Checkpoint) = (null, null, null, null);
        shared.ClearMaxRestarts();
        shared.Lora = new LoraSpec { Bias = spec.Lora.Bias, Adapter = spec.Lora.Adapter };
        shared.Lora.Targets.AddRange(spec.Lora.Targets.Order(StringComparer.Ordinal));
        var bytes = Encoding.UTF8.GetBytes(JsonFormatter.Default.Format(shared));
        return Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8));
    }
}
