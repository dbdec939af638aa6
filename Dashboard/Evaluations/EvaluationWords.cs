using Platform.Contracts.Eval.V1;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Evaluations;

/// <summary>Figures and words about evaluations that several pages use.</summary>
public static class EvaluationWords
{
    /// <summary>The model as it was found, else as it was asked for.</summary>
    /// <param name="evaluation">The evaluation.</param>
    public static string Model(Evaluation evaluation) =>
        Format.Id(evaluation.ResolvedModel.Length > 0 ? evaluation.ResolvedModel : evaluation.Spec?.Model ?? "");

    /// <summary>A figure with its standard error; a dash while there is none.</summary>
    /// <param name="evaluation">The evaluation.</param>
    /// <param name="name">The figure's name.</param>
    public static string Figure(Evaluation evaluation, string name) =>
        evaluation.Metrics.FirstOrDefault(m => m.Name == name) is { } metric ? Figure(metric) : Format.Nothing;

    /// <summary>A figure with its standard error, in percent.</summary>
    /// <param name="metric">The figure.</param>
    public static string Figure(Metric metric) =>
        $"{Format.Percent(metric.Value)[..^2]} ± {Format.Percent(metric.StandardError)}";

    /// <summary>What a figure's name means.</summary>
    /// <param name="name">The name.</param>
    public static string Meaning(string name) => name switch
    {
        "acc" => "by summed log-probability",
        "acc_norm" => "by mean log-probability a token",
        "acc_harness" => "summed, as lm-evaluation-harness",
        "acc_norm_harness" => "per character, as lm-evaluation-harness",
        "acc_bytes_harness" => "per byte, as lm-evaluation-harness",
        _ => "",
    };
}
