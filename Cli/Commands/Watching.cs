using System.Globalization;
using Grpc.Core;
using Platform.Cli.Output;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Eval.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.Cli.Commands;

/// <summary>Follows pieces of work to their ends by Watch streams, with a bar or with JSON.</summary>
internal static class Watching
{
    public static Task<Tokenizer> TokenizerAsync(
        CommandContext context, string name, CancellationToken cancellationToken) =>
        FollowAsync(
            context,
            name,
            () => context.Clients.Tokenizers.WatchTokenizer(
                new WatchTokenizerRequest { Name = name }, cancellationToken: cancellationToken),
            response => response.Tokenizer,
            tokenizer => (tokenizer.State, tokenizer.Progress),
            cancellationToken);

    public static Task<Dataset> DatasetAsync(
        CommandContext context, string name, CancellationToken cancellationToken) =>
        FollowAsync(
            context,
            name,
            () => context.Clients.Datasets.WatchDataset(
                new WatchDatasetRequest { Name = name }, cancellationToken: cancellationToken),
            response => response.Dataset,
            dataset => (dataset.State, dataset.Progress),
            cancellationToken);

    public static Task<Evaluation> EvaluationAsync(
        CommandContext context, string name, CancellationToken cancellationToken) =>
        FollowAsync(
            context,
            name,
            () => context.Clients.Evaluations.WatchEvaluation(
                new WatchEvaluationRequest { Name = name }, cancellationToken: cancellationToken),
            response => response.Evaluation,
            evaluation => (evaluation.State, evaluation.Progress),
            cancellationToken);

    public static async Task<Run> RunAsync(
        CommandContext context, string name, bool showLog, CancellationToken cancellationToken)
    {
        var run = new Run { Name = name };
        long cursor = 0;
        await ProgressLine.RunAsync(context.Output, name, async report =>
        {
            await Reconnect.UntilEndedAsync(
                async () =>
                {
                    using var call = context.Clients.Runs.WatchRun(
                        new WatchRunRequest { Name = name, AfterCursor = cursor, IncludeLog = showLog },
                        cancellationToken: cancellationToken);
                    await foreach (var update in call.ResponseStream.ReadAllAsync(cancellationToken))
                    {
                        cursor = Math.Max(cursor, update.Cursor);
                        if (context.Output.IsJson)
                            context.Output.WriteJson(update);
                        foreach (var line in update.Log?.Lines ?? [])
                            context.Output.WriteLine(line);
                        Apply(run, update);
                        report(run.Step / (double)Math.Max(1, run.Spec?.MaxSteps ?? 1), Describe(run));
                    }
                },
                () => Figures.HasEnded(run.State),
                cancellationToken);
            return run;
        });
        return run;
    }

    public static async Task<Sweep> SweepAsync(
        CommandContext context, string name, CancellationToken cancellationToken)
    {
        var sweep = new Sweep { Name = name };
        await ProgressLine.RunAsync(context.Output, name, async report =>
        {
            await Reconnect.UntilEndedAsync(
                async () =>
                {
                    using var call = context.Clients.Sweeps.WatchSweep(
                        new WatchSweepRequest { Name = name }, cancellationToken: cancellationToken);
                    await foreach (var update in call.ResponseStream.ReadAllAsync(cancellationToken))
                    {
                        if (context.Output.IsJson)
                            context.Output.WriteJson(update);
                        if (update.Sweep is { } whole)
                            sweep = whole;
                        else if (update.Trial is { } trial)
                            Replace(sweep, trial);
                        var ended = sweep.Trials.Count(trial => Figures.HasEnded(trial.State));
                        report(
                            ended / (double)Math.Max(1, sweep.TrialCount),
                            $"{ended} of {sweep.TrialCount} trials");
                    }
                },
                () => Figures.HasEnded(sweep.State),
                cancellationToken);
            return sweep;
        });
        return sweep;
    }

    private static async Task<TResource> FollowAsync<TResponse, TResource>(
        CommandContext context,
        string name,
        Func<AsyncServerStreamingCall<TResponse>> watch,
        Func<TResponse, TResource> resourceOf,
        Func<TResource, (State State, Progress? Progress)> progressOf,
        CancellationToken cancellationToken)
        where TResponse : class
        where TResource : class, Google.Protobuf.IMessage
    {
        TResource? last = null;
        return await ProgressLine.RunAsync(context.Output, name, async report =>
        {
            await Reconnect.UntilEndedAsync(
                async () =>
                {
                    using var call = watch();
                    await foreach (var response in call.ResponseStream.ReadAllAsync(cancellationToken))
                    {
                        last = resourceOf(response);
                        if (context.Output.IsJson)
                            context.Output.WriteJson(last);
                        if (progressOf(last).Progress is { Total: > 0 } progress)
                            report(progress.Done / (double)progress.Total, Describe(progress));
                    }
                },
                () => last is not null && Figures.HasEnded(progressOf(last).State),
                cancellationToken);
            return last!;
        });
    }

    private static void Replace(Sweep sweep, Trial trial)
    {
        for (var i = 0; i < sweep.Trials.Count; i++)
        {
            if (sweep.Trials[i].Number == trial.Number)
                sweep.Trials[i] = trial;
        }
    }

    private static void Apply(Run run, WatchRunResponse update)
    {
        if (update.Run is { } whole)
        {
            run.MergeFrom(new Run());
            run.Spec = whole.Spec;
            run.State = whole.State;
            run.Error = whole.Error;
            run.Step = Math.Max(run.Step, whole.Step);
            CopyFigures(whole, run);
        }

        foreach (var point in update.Points?.Points ?? [])
        {
            run.Step = Math.Max(run.Step, point.Step);
            if (point.Series == "train_loss")
                run.TrainLoss = point.Value;
            else if (point.Series == "validation_loss")
                run.ValidationLoss = point.Value;
            else if (point.Series == "tokens_per_second")
                run.TokensPerSecond = point.Value;
        }
    }

    private static void CopyFigures(Run from, Run to)
    {
        to.ParameterCount = from.ParameterCount;
        to.TrainableParameterCount = from.TrainableParameterCount;
        if (from.HasTrainLoss)
            to.TrainLoss = from.TrainLoss;
        if (from.HasValidationLoss)
            to.ValidationLoss = from.ValidationLoss;
        if (from.HasInitialValidationLoss)
            to.InitialValidationLoss = from.InitialValidationLoss;
        if (from.HasBestValidationLoss)
            to.BestValidationLoss = from.BestValidationLoss;
        if (from.HasFinalLoss)
            to.FinalLoss = from.FinalLoss;
    }

    /// <summary>A job's progress in words: what is done, how much of it, and the time left.</summary>
    public static string Describe(Progress progress)
    {
        var (done, total) = progress.Unit == "bytes"
            ? (Figures.Bytes(progress.Done), Figures.Bytes(progress.Total))
            : (Figures.Count(progress.Done), $"{Figures.Count(progress.Total)} {progress.Unit}");
        var words = $"{progress.Phase}, {done} of {total}";
        return progress.HasRemainingSeconds ? $"{words}, {Figures.Seconds(progress.RemainingSeconds)} left" : words;
    }

    private static string Describe(Run run)
    {
        if (run.State == State.Queued)
            return "queued";
        var words = string.Create(CultureInfo.InvariantCulture, $"step {run.Step}");
        if (run.HasTrainLoss)
            words += $", loss {Figures.Loss(run.TrainLoss)}";
        if (run.HasValidationLoss)
            words += $", val {Figures.Loss(run.ValidationLoss)}";
        if (run.HasTokensPerSecond)
            words += $", {Figures.Count((long)run.TokensPerSecond)} tokens/s";
        return words;
    }
}
