using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Platform.Workspaces;
using Platform.Workspaces.Errors;
using LoraBias = Platform.Contracts.Trainer.V1.LoraBias;

namespace Platform.TrainerHost.Runs;

/// <summary>The adapter that a run goes on from.</summary>
/// <param name="Name">The reference with its step, or <c>path:</c> with the absolute folder.</param>
/// <param name="Config">Its settings.</param>
internal sealed record AdapterFacts(string Name, LoraConfig Config)
{
    /// <summary>Finds the adapter that <c>lora.adapter</c> means now; problems are noted at the field.</summary>
    /// <param name="reference">What was asked.</param>
    /// <param name="baseModel">What it has to fit; null where the base was not found.</param>
    /// <param name="field">The field's path.</param>
    /// <param name="bases">Finds folders.</param>
    /// <param name="problems">Takes what is wrong.</param>
    public static AdapterFacts? Find(
        string reference, BaseModelFacts? baseModel, string field, BaseModelResolver bases, Violations problems)
    {
        var source = bases.Find(reference, field, problems, PeftAdapter.ConfigFile);
        if (source is null || baseModel is null)
            return null;
        try
        {
            if (!File.Exists(Path.Combine(source.Folder!, PeftAdapter.ConfigFile)))
                throw new InvalidDataException("it has no adapter; it is no LoRA run's.");
            var config = PeftAdapter.LoadConfig(source.Folder!);
            if (PeftAdapter.FindMisfit(baseModel.Shape, source.Folder!) is { } misfit)
            {
                problems.Add(field, $"'{reference}' is an adapter for another base model: {misfit}.");
                return null;
            }

            // What is no run's has no better name than its folder, which the worker finds without the hub.
            var isRun = ResourceName.TryParse(reference, "runs") is not null;
            return new AdapterFacts(!isRun ? PathPolicy.Prefix + source.Folder : source.Name!, config);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            problems.Add(field, $"'{reference}' is no adapter that can be trained further: {e.Message}");
            return null;
        }
    }

    /// <summary>Puts what the adapter is into a spec.</summary>
    public void CopyTo(LoraSpec lora)
    {
        lora.Adapter = Name;
        lora.Rank = Config.Rank;
        lora.Alpha = Config.Alpha;
        if (!lora.HasDropout)
            lora.Dropout = Config.Dropout;
        lora.Targets.Clear();
        lora.Targets.AddRange(Config.TargetPattern is { } pattern ? [pattern] : Config.TargetModules);
        lora.Bias = Config.Bias switch
        {
            Modeling.LoraBias.All => LoraBias.All,
            Modeling.LoraBias.LoraOnly => LoraBias.LoraOnly,
            _ => LoraBias.None,
        };
        lora.Rslora = Config.UseRslora;
        lora.Dora = Config.UseDora;
        lora.Patterns.Clear();
        lora.Patterns.AddRange(Config.RankPattern.Select(p => new LoraPattern { Layers = p.Key, Rank = p.Value }));
        lora.Patterns.AddRange(Config.AlphaPattern.Select(p => new LoraPattern { Layers = p.Key, Alpha = p.Value }));
    }
}
