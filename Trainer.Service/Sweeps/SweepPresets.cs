using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Sweeps;

/// <summary>Ready-made sweeps; each fills in what a spec leaves open.</summary>
internal static class SweepPresets
{
    /// <summary>
    /// One factor at a time round rank 4, alpha 1, dropout 0.05 on c_attn with its biases: 17 trials.
    /// </summary>
    public const string LoraStudy = "lora-study";

    /// <summary>Fills a spec in; an unknown name is noted.</summary>
    public static void Apply(string preset, SweepSpec spec, Violations problems)
    {
        if (preset == LoraStudy)
            FillLoraStudy(spec);
        else
            problems.Require(preset.Length == 0, "preset", $"'{preset}' is not known; there is {LoraStudy}.");
    }

    private static void FillLoraStudy(SweepSpec spec)
    {
        spec.Base ??= new RunSpec();
        var lora = spec.Base.Lora ??= new LoraSpec();
        lora.Rank = lora.HasRank ? lora.Rank : 4;
        lora.Alpha = lora.HasAlpha ? lora.Alpha : 1;
        lora.Dropout = lora.HasDropout ? lora.Dropout : 0.05;
        lora.Bias = lora.Bias == LoraBias.Unspecified ? LoraBias.LoraOnly : lora.Bias;
        if (spec.Strategy == Strategy.Unspecified)
            spec.Strategy = Strategy.OneAtATime;
        if (spec.Axes.Count > 0)
            return;
        spec.Axes.Add(Axis("lora.rank", 1, 2, 4, 8, 16));
        spec.Axes.Add(Axis("lora.alpha", 0.25, 0.5, 1, 2, 4, 8, 16));
        spec.Axes.Add(Axis("lora.dropout", 0, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3));
    }

    private static Axis Axis(string setting, params double[] values) =>
        new() { Setting = setting, Values = { values.Select(Value.ForNumber) } };
}
