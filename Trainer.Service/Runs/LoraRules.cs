using System.Globalization;
using System.Text.RegularExpressions;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Worker;
using Platform.Workspaces.Errors;
using LoraBias = Platform.Contracts.Trainer.V1.LoraBias;

namespace Platform.TrainerHost.Runs;

/// <summary>The ranges and defaults of LoraSpec, and whether the adapter fits its base.</summary>
/// <param name="prefix">What the fields' paths begin with, such as <c>spec.lora.</c>.</param>
/// <param name="problems">Takes what is wrong.</param>
internal sealed class LoraRules(string prefix, Violations problems)
{
    private const double MaxDropout = 0.9;
    private const double MaxPlusRatio = 1000;
    private const int MaxRank = 1024;
    private const int MaxTargets = 64;
    private const int MaxTextLength = 200;

    private bool _isSound = true;

    /// <summary>Fills in the defaults; what is wrong is noted.</summary>
    public void Complete(LoraSpec lora, BaseModelFacts? baseModel, AdapterFacts? adapter)
    {
        if (adapter is not null)
            TakeOver(lora, adapter);
        lora.Rank = lora.HasRank ? lora.Rank : 8;
        Rank("rank", lora.Rank, baseModel);
        lora.Alpha = lora.HasAlpha ? lora.Alpha : 16;
        Above("alpha", lora.Alpha, double.MaxValue);
        lora.Dropout = lora.HasDropout ? lora.Dropout : 0;
        Require(lora.Dropout is >= 0 and <= MaxDropout, "dropout", $"Must be 0 to {MaxDropout}, not {lora.Dropout}.");
        if (lora.Targets.Count == 0)
            lora.Targets.Add("c_attn");
        for (var i = 0; i < lora.Targets.Count; i++)
            Text($"targets[{i}]", lora.Targets[i]);
        Require(lora.Targets.Count <= MaxTargets, "targets", $"At most {MaxTargets}.");
        Require(Enum.IsDefined(lora.Bias), "bias", "Not a value of this enumeration.");
        lora.Bias = lora.Bias == LoraBias.Unspecified ? LoraBias.None : lora.Bias;
        lora.Rslora = lora.HasRslora && lora.Rslora;
        lora.Dora = lora.HasDora && lora.Dora;
        lora.PlusRatio = lora.HasPlusRatio ? lora.PlusRatio : 1;
        Above("plus_ratio", lora.PlusRatio, MaxPlusRatio);
        Patterns(lora, baseModel);
        if (baseModel is not null && _isSound)
            Matches(lora, baseModel);
    }

    private void Patterns(LoraSpec lora, BaseModelFacts? baseModel)
    {
        Require(lora.Patterns.Count <= MaxTargets, "patterns", $"At most {MaxTargets}.");
        for (var i = 0; i < lora.Patterns.Count; i++)
        {
            var pattern = lora.Patterns[i];
            Text($"patterns[{i}].layers", pattern.Layers);
            Require(IsRegex(pattern.Layers), $"patterns[{i}].layers", "Not a regular expression.");
            Require(pattern.HasRank || pattern.HasAlpha, $"patterns[{i}]", "Give a rank, an alpha or both.");
            if (pattern.HasRank)
                Rank($"patterns[{i}].rank", pattern.Rank, baseModel);
            if (pattern.HasAlpha)
                Above($"patterns[{i}].alpha", pattern.Alpha, double.MaxValue);
        }
    }

    private void Matches(LoraSpec lora, BaseModelFacts baseModel)
    {
        var config = lora.ToLora();
        if (config.TargetPattern is { } target && !IsRegex(target))
        {
            problems.Add(prefix + "targets", $"'{target}' is not a regular expression.");
            return;
        }

        var layers = baseModel.Shape.LinearLayers().ToList();
        var targeted = layers.Where(layer => config.Matches(layer.Name)).ToList();
        var names = string.Join(", ", layers.Take(4).Select(layer => layer.Name));
        Require(
            targeted.Count > 0,
            "targets",
            $"{string.Join(", ", lora.Targets)} matches none of the base's layers, which are {names} and so on.");
        for (var i = 0; i < lora.Patterns.Count && targeted.Count > 0; i++)
        {
            var alone = config with { RankPattern = [KeyValuePair.Create(lora.Patterns[i].Layers, 0)], Rank = 1 };
            Require(
                targeted.Any(layer => alone.RankOf(layer.Name) == 0),
                $"patterns[{i}].layers",
                $"'{lora.Patterns[i].Layers}' fits none of the layers that are targeted.");
        }
    }

    // What an adapter is cannot be told otherwise; what it is trained with can.
    private void TakeOver(LoraSpec lora, AdapterFacts adapter)
    {
        var given = lora.Clone();
        adapter.CopyTo(lora);
        Same("rank", !given.HasRank || given.Rank == lora.Rank);
        Same("alpha", !given.HasAlpha || given.Alpha.Equals(lora.Alpha));
        Same("targets", given.Targets.Count == 0 || given.Targets.Order().SequenceEqual(lora.Targets.Order()));
        Same("bias", given.Bias == LoraBias.Unspecified || given.Bias == lora.Bias);
        Same("rslora", !given.HasRslora || given.Rslora == lora.Rslora);
        Same("dora", !given.HasDora || given.Dora == lora.Dora);
        Same("patterns", given.Patterns.Count == 0 || given.Patterns.SequenceEqual(lora.Patterns));

        void Same(string field, bool isSame) =>
            Require(isSame, field, $"It is given by {lora.Adapter}; leave it out.");
    }

    private static bool IsRegex(string text)
    {
        try
        {
            _ = new Regex(text);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    // Every layer of GPT-2 that can be targeted has n_embd as its smaller side.
    private void Rank(string field, int rank, BaseModelFacts? baseModel)
    {
        var most = Math.Min(baseModel?.Width ?? MaxRank, MaxRank);
        var name = baseModel is null || baseModel.Width > MaxRank ? "" : " (the base's n_embd)";
        Require(
            rank >= 1 && rank <= most,
            field,
            string.Create(CultureInfo.InvariantCulture, $"Must be 1 to {most:#,0}{name}, not {rank}."));
    }

    private void Above(string field, double value, double most) => Require(
        value > 0 && value <= most && double.IsFinite(value),
        field,
        string.Create(
            CultureInfo.InvariantCulture,
            $"Must be above 0{(most < double.MaxValue ? $" and at most {most:#,0}" : "")}, not {value}."));

    private void Text(string field, string text) =>
        Require(text.Length is > 0 and <= MaxTextLength, field, $"1 to {MaxTextLength} characters.");

    private void Require(bool holds, string field, string description)
    {
        _isSound &= holds;
        problems.Require(holds, prefix + field, description);
    }
}
