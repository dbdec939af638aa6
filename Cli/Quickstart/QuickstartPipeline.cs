using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Platform.Cli.Commands;
using Platform.Cli.Output;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Eval.V1;
using Platform.Contracts.Inference.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.Cli.Quickstart;

/// <summary>
/// The quickstart's stages. Every one goes through the services as any client would; each checks what it reached
/// against <see cref="QuickstartSettings"/>.
/// </summary>
internal sealed class QuickstartPipeline(CommandContext context)
{
    // Several quickstarts may share a data root.
    private readonly string _id = "qs-" + RandomNumberGenerator.GetHexString(4, lowercase: true);

    private CliOutput Output => context.Output;

    /// <summary>The stages in order: name, title, and what they do, filling in their figures.</summary>
    public IEnumerable<(string Name, string Title, Func<JsonObject, CancellationToken, Task> Run)> Stages() =>
    [
        ("corpus", "Corpus: stories, endings, reviews and instructions from the bundled grammar", CorpusAsync),
        ("tokenizer", "Tokenizer: byte-pair encoding, trained on the stories", TokenizerAsync),
        ("shards", "Shards: text to token ids", ShardsAsync),
        ("pretrain", "Pretraining: a small GPT-2 from scratch", PretrainAsync),
        ("evaluate", "Evaluation: which of four endings is right (HellaSwag's form, chance 0.25)", EvaluateAsync),
        ("sweep", "LoRA sweep: rank and alpha, on reviews and on instructions", SweepAsync),
        ("generate", "Generation: streamed from the model just trained", GenerateAsync),
    ];

    private async Task CorpusAsync(JsonObject figures, CancellationToken cancellationToken)
    {
        foreach (var (suffix, corpus) in QuickstartSettings.Corpus)
        {
            var isItems = corpus.Form == CorpusForm.Endings;
            var dataset = await MakeDatasetAsync(
                suffix,
                new DatasetSpec
                {
                    Bundled = corpus,
                    Kind = isItems ? DatasetKind.Items : DatasetKind.Documents,
                },
                cancellationToken);
            figures[$"{suffix}_documents"] = dataset.DocumentCount;
            figures[$"{suffix}_bytes"] = dataset.TextBytes;
        }
    }

    private async Task TokenizerAsync(JsonObject figures, CancellationToken cancellationToken)
    {
        var created = await context.Clients.Tokenizers.CreateTokenizerAsync(
            new CreateTokenizerRequest
            {
                TokenizerId = _id,
                DisplayName = "Quickstart",
                Spec = new TokenizerSpec
                {
                    Inputs = { Dataset("stories"), Dataset("reviews"), Dataset("instructions") },
                    VocabularySize = QuickstartSettings.VocabularySize,
                },
            },
            cancellationToken: cancellationToken);
        var tokenizer = await Watching.TokenizerAsync(context, created.Tokenizer.Name, cancellationToken);
        RequireSuccess(tokenizer.Name, tokenizer.State, tokenizer.Error);
        figures["vocabulary_size"] = tokenizer.VocabularySize;
        figures["trained_bytes"] = tokenizer.TrainedBytes;
        Output.WriteLine(
            $"   {tokenizer.Name}: {Figures.Count(tokenizer.VocabularySize)} tokens from "
            + Figures.Bytes(tokenizer.TrainedBytes));
    }

    private async Task ShardsAsync(JsonObject figures, CancellationToken cancellationToken)
    {
        foreach (var (suffix, template, share) in QuickstartSettings.Shards)
        {
            var dataset = await MakeDatasetAsync(
                $"{suffix}-tokens",
                new DatasetSpec
                {
                    Inputs = { Dataset(suffix) },
                    Kind = DatasetKind.Tokens,
                    Tokenizer = $"tokenizers/{_id}",
                    Template = template,
                    ValidationShare = share,
                },
                cancellationToken);
            figures[$"{suffix}_train_tokens"] = dataset.TrainTokens;
            figures[$"{suffix}_validation_tokens"] = dataset.ValidationTokens;
        }
    }

    private async Task PretrainAsync(JsonObject figures, CancellationToken cancellationToken)
    {
        var spec = QuickstartSettings.Pretraining();
        spec.Dataset = Dataset("stories-tokens");
        var created = await context.Clients.Runs.CreateRunAsync(
            new CreateRunRequest
            {
                RunId = _id,
                DisplayName = "Quickstart: pretraining",
                Tags = { "quickstart" },
                Spec = spec,
            },
            cancellationToken: cancellationToken);
        await Watching.RunAsync(context, created.Run.Name, showLog: false, cancellationToken);
        var run = (await context.Clients.Runs.GetRunAsync(
            new GetRunRequest { Name = created.Run.Name }, cancellationToken: cancellationToken)).Run;
        RequireSuccess(run.Name, run.State, run.Error);
        var drop = run.InitialValidationLoss - run.ValidationLoss;
        figures["run"] = run.Name;
        figures["parameters"] = run.ParameterCount;
        figures["steps"] = run.Step;
        figures["tokens"] = run.Tokens;
        figures["initial_validation_loss"] = Round(run.InitialValidationLoss);
        figures["validation_loss"] = Round(run.ValidationLoss);
        figures["validation_loss_drop"] = Round(drop);
        Output.WriteLine(
            $"   {run.Name}: {Figures.Count(run.ParameterCount)} parameters, validation loss "
            + $"{Figures.Loss(run.InitialValidationLoss)} → {Figures.Loss(run.ValidationLoss)}");
        Require(
            drop >= QuickstartSettings.MinLossDrop,
            $"the validation loss fell by {Figures.Loss(drop)}, not by {QuickstartSettings.MinLossDrop}.");
    }

    private async Task EvaluateAsync(JsonObject figures, CancellationToken cancellationToken)
    {
        var created = await context.Clients.Evaluations.CreateEvaluationAsync(
            new CreateEvaluationRequest
            {
                EvaluationId = _id,
                DisplayName = "Quickstart: endings",
                Spec = new EvaluationSpec { Model = $"runs/{_id}", Task = "hellaswag", Items = Dataset("endings") },
            },
            cancellationToken: cancellationToken);
        var evaluation = await Watching.EvaluationAsync(context, created.Evaluation.Name, cancellationToken);
        RequireSuccess(evaluation.Name, evaluation.State, evaluation.Error);
        figures["items"] = evaluation.ExampleCount;
        foreach (var metric in evaluation.Metrics)
        {
            figures[metric.Name] = Round(metric.Value);
            figures[metric.Name + "_standard_error"] = Round(metric.StandardError);
        }

        var accuracy = evaluation.Metrics.Single(metric => metric.Name == QuickstartSettings.AccuracyMetric);
        Output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"   {accuracy.Name} {accuracy.Value:F3} ± {accuracy.StandardError:F3} "
            + $"on {evaluation.ExampleCount} items"));
        Require(
            accuracy.Value >= QuickstartSettings.MinAccuracy,
            $"{accuracy.Name} is {accuracy.Value:F3}, below {QuickstartSettings.MinAccuracy}.");
    }

    private async Task SweepAsync(JsonObject figures, CancellationToken cancellationToken)
    {
        var spec = QuickstartSettings.Sweep();
        spec.Base.BaseModel = $"runs/{_id}";
        spec.Datasets.AddRange([Dataset("reviews-tokens"), Dataset("instructions-tokens")]);
        var created = await context.Clients.Sweeps.CreateSweepAsync(
            new CreateSweepRequest { SweepId = _id, DisplayName = "Quickstart: LoRA", Spec = spec },
            cancellationToken: cancellationToken);
        await Watching.SweepAsync(context, created.Sweep.Name, cancellationToken);
        var sweep = (await context.Clients.Sweeps.GetSweepAsync(
            new GetSweepRequest { Name = created.Sweep.Name }, cancellationToken: cancellationToken)).Sweep;
        RequireSuccess(sweep.Name, sweep.State, sweep.Error);
        var trials = new JsonArray();
        foreach (var trial in sweep.Trials)
        {
            trials.Add(new JsonObject
            {
                ["run"] = trial.Run,
                ["dataset"] = trial.Dataset,
                ["settings"] = JsonNode.Parse(JsonFormatter.Default.Format(trial.Settings)),
                ["untuned_validation_loss"] = Round(trial.InitialValidationLoss),
                ["validation_loss"] = Round(trial.ValidationLoss),
                ["trainable_parameters"] = trial.TrainableParameterCount,
            });
        }

        figures["trials"] = trials;
        foreach (var best in sweep.Best)
        {
            var where = best.Dataset.Length == 0 ? "both" : best.Dataset;
            Output.WriteLine($"   best on {where}: {best.Settings} at {Figures.Loss(best.Objective)}");
        }

        var failed = sweep.Trials.Where(trial => trial.State != State.Succeeded).Select(trial => trial.Run).ToList();
        Require(failed.Count == 0, $"trials failed: {string.Join(", ", failed)}.");
        var worse = sweep.Trials.Where(trial => !(trial.ValidationLoss < trial.InitialValidationLoss))
            .Select(trial => trial.Run).ToList();
        Require(worse.Count == 0, $"trials ended no better than the untuned model: {string.Join(", ", worse)}.");
    }

    private async Task GenerateAsync(JsonObject figures, CancellationToken cancellationToken)
    {
        var loaded = await context.Clients.Inference.LoadModelAsync(
            new LoadModelRequest { Name = $"runs/{_id}" }, cancellationToken: cancellationToken);
        var (last, text) = await GenerateCommand.StreamAsync(
            context,
            new StreamGenerateRequest
            {
                Model = loaded.Model.Name,
                Prompt = QuickstartSettings.Prompt,
                Sampling = new SamplingParameters { Temperature = 0.7, TopK = 50, Seed = 42, MaxTokens = 80 },
            },
            cancellationToken);
        figures["prompt"] = QuickstartSettings.Prompt;
        figures["text"] = text;
        figures["completion_tokens"] = last.Usage?.CompletionTokens ?? 0;
        figures["first_token_seconds"] = Round(last.Usage?.FirstTokenSeconds ?? 0);
        figures["tokens_per_second"] = Round(last.Usage?.TokensPerSecond ?? 0);
        Require(last.Usage is { CompletionTokens: > 0 }, "nothing was generated.");
        Require(
            last.Usage!.FirstTokenSeconds <= QuickstartSettings.MaxFirstTokenSeconds,
            $"the first token came after {last.Usage.FirstTokenSeconds:F2} s, not within "
            + $"{QuickstartSettings.MaxFirstTokenSeconds} s.");
    }

    private async Task<Dataset> MakeDatasetAsync(string suffix, DatasetSpec spec, CancellationToken cancellationToken)
    {
        var created = await context.Clients.Datasets.CreateDatasetAsync(
            new CreateDatasetRequest
            {
                DatasetId = $"{_id}-{suffix}",
                DisplayName = $"Quickstart: {suffix}",
                Spec = spec,
            },
            cancellationToken: cancellationToken);
        var dataset = await Watching.DatasetAsync(context, created.Dataset.Name, cancellationToken);
        RequireSuccess(dataset.Name, dataset.State, dataset.Error);
        var tokens = dataset.TrainTokens + dataset.ValidationTokens;
        Output.WriteLine(
            $"   {dataset.Name}: {Figures.Count(dataset.DocumentCount, "document")}, {Figures.Bytes(dataset.TextBytes)}"
            + (tokens > 0 ? $", {Figures.Count(tokens)} tokens" : string.Empty));
        return dataset;
    }

    private string Dataset(string suffix) => $"datasets/{_id}-{suffix}";

    private static double Round(double value) => Math.Round(value, 4);

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new StageException(message);
    }

    private static void RequireSuccess(string name, State state, Failure? error) => Require(
        state == State.Succeeded, $"{name} is {Figures.Of(state)}{(error is null ? "." : $": {error.Message}")}");
}
