using System.Globalization;
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

    /// <summary>The task; evaluations from before there were several are HellaSwag's.</summary>
    /// <param name="evaluation">The evaluation.</param>
    public static string Task(Evaluation evaluation) =>
        evaluation.Spec?.Task is { Length: > 0 } task ? task : "hellaswag";

    /// <summary>What was asked beyond model and task.</summary>
    /// <param name="evaluation">The evaluation.</param>
    public static string Settings(Evaluation evaluation)
    {
        var spec = evaluation.Spec ?? new();
        var words = new List<string> { Format.Id(spec.Items) };
        if (spec.Shots > 0)
            words.Add($"{spec.Shots}-shot");
        if (spec.Stride > 0)
            words.Add($"stride {spec.Stride}");
        if (spec.Limit > 0)
            words.Add($"first {Format.Count(spec.Limit)}");
        return string.Join(", ", words.Where(word => word.Length > 0));
    }

    /// <summary>The figure that stands for the task with its standard error; a dash while there is none.</summary>
    /// <param name="evaluation">The evaluation.</param>
    public static string Figure(Evaluation evaluation) => Figure(evaluation, Primary(evaluation));

    /// <summary>The figure that stands for the task.</summary>
    /// <param name="evaluation">The evaluation.</param>
    public static string Primary(Evaluation evaluation) =>
        evaluation.PrimaryMetric.Length > 0 ? evaluation.PrimaryMetric : "acc_norm";

    /// <summary>A figure with its standard error; a dash while there is none.</summary>
    /// <param name="evaluation">The evaluation.</param>
    /// <param name="name">The figure's name.</param>
    public static string Figure(Evaluation evaluation, string name) =>
        evaluation.Metrics.FirstOrDefault(m => m.Name == name) is { } metric ? Figure(metric) : Format.Nothing;

    /// <summary>A figure with its standard error, shares in percent.</summary>
    /// <param name="metric">The figure.</param>
    public static string Figure(Metric metric) => IsShare(metric.Name)
        ? $"{Format.Percent(metric.Value)[..^2]} ± {Format.Percent(metric.StandardError)}"
        : string.Create(CultureInfo.InvariantCulture, $"{metric.Value:0.0000} ± {metric.StandardError:0.0000}");

    /// <summary>Whether a figure is a share of items.</summary>
    /// <param name="name">The figure's name.</param>
    public static bool IsShare(string name) => name.StartsWith("acc", StringComparison.Ordinal);

    /// <summary>What a figure's name means.</summary>
    /// <param name="name">The name.</param>
    public static string Meaning(string name) => name switch
    {
        "acc" => "by summed log-probability",
        "acc_norm" => "by mean log-probability a token",
        "acc_harness" => "summed, or said word for word; as lm-evaluation-harness",
        "acc_norm_harness" => "per character, as lm-evaluation-harness",
        "acc_bytes_harness" => "per byte, as lm-evaluation-harness",
        "perplexity_harness" => "of the endings, as lm-evaluation-harness",
        "loss" => "nats a token",
        "token_perplexity" => "a token",
        "word_perplexity" => "a word of the text",
        "byte_perplexity" => "a byte of the text",
        "bits_per_byte" => "bits a byte of the text",
        _ => "",
    };
}
