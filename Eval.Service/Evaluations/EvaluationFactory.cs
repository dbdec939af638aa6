using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Platform.Contracts.Eval.V1;
using Platform.Evals;
using Platform.Models;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.EvalHost.Evaluations;

/// <summary>Checks what is asked for and makes new evaluations.</summary>
internal sealed partial class EvaluationFactory(
    EvaluationStore store,
    EvaluationRunner runner,
    ModelResolver models,
    ItemsResolver items,
    ModelFingerprint fingerprint,
    IOptions<EvalOptions> options,
    TimeProvider time)
{
    private const int MaxDisplayName = 200;
    private const int MaxThreads = 1024;
    private const int MaxShots = 100;

    // Two calls with one request_id must not both find that there is none yet.
    private readonly Lock _gate = new();

    /// <summary>
    /// Makes an evaluation. The one of an earlier call with the same request_id is answered again; where the same was
    /// graded before, nothing is computed.
    /// </summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancellationToken">Ends downloads from the hub, which come before anything else.</param>
    /// <returns>The evaluation, and whether its figures are there already.</returns>
    /// <exception cref="PlatformException">The request is wrong, or the queue is full.</exception>
    public async Task<(EvaluationEntry Entry, bool Cached)> CreateAsync(
        CreateEvaluationRequest request, CancellationToken cancellationToken)
    {
        var task = Check(request);
        var spec = WithDefaults(request.Spec, task);
        if (Earlier(request.RequestId) is { } known)
            return (known, false);
        // Hashing a large model takes seconds, so it is done before anyone is kept waiting.
        var file = await DescribeAsync(request, spec, task, cancellationToken);
        lock (_gate)
        {
            if (Earlier(request.RequestId) is { } earlier)
                return (earlier, false);
            if (!request.Recompute && FindSame(file) is { } same)
            {
                return request.EvaluationId.Length == 0 || request.EvaluationId == same.File.Id
                    ? (same, true)
                    : (store.AddCopy(file with { Grading = file.Grading with { CachedFrom = same.Name } }, same), true);
            }

            if (store.All.Count(entry => entry.History.State == Contracts.Common.V1.State.Queued)
                >= options.Value.MaxQueued)
            {
                throw new ResourceExhaustedException(
                    "QUEUE_FULL",
                    Invariant($"{options.Value.MaxQueued} evaluations are waiting already; try again later."));
            }

            var entry = store.Add(file);
            runner.Wake();
            return (entry, false);
        }
    }

    private EvaluationEntry? Earlier(string requestId) =>
        requestId.Length == 0 ? null : store.All.FirstOrDefault(entry => entry.File.RequestId == requestId);

    private EvaluationEntry? FindSame(EvaluationFile file) => store.All.FirstOrDefault(entry =>
        entry.File.Grading.CacheKey == file.Grading.CacheKey
        && entry.History.State == Contracts.Common.V1.State.Succeeded
        && File.Exists(Path.Combine(entry.Folder, ItemsFile.FileName)));

    private async Task<EvaluationFile> DescribeAsync(
        CreateEvaluationRequest request, EvaluationSpec spec, EvaluationTask task, CancellationToken cancellationToken)
    {
        var model = await models.ResolveAsync(spec.Model, "spec.model", cancellationToken);
        var itemsPath = await items.ResolveAsync(spec.Items, "spec.items", cancellationToken);
        var shotItemsPath = spec.ShotItems.Length > 0
            ? await items.ResolveAsync(spec.ShotItems, "spec.shot_items", cancellationToken)
            : null;
        var modelSha256 = fingerprint.Of(model);
        var facts = new GradingFacts(
            task.Name,
            task.Version,
            task.Metric,
            task.Chance,
            modelSha256,
            Key(spec, task, modelSha256, itemsPath, shotItemsPath),
            shotItemsPath);
        return new EvaluationFile(
            request.EvaluationId.Length > 0 ? request.EvaluationId : ResourceId.Create(),
            request.DisplayName,
            request.RequestId,
            time.GetUtcNow(),
            spec,
            model,
            itemsPath,
            facts);
    }

    // Device and threads change the last bits at the most.
    private string Key(
        EvaluationSpec spec, EvaluationTask task, string modelSha256, string itemsPath, string? shotItemsPath) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(
            '\n',
            modelSha256,
            task.Name,
            task.Version,
            spec.TaskYaml,
            spec.Limit,
            spec.Shots,
            spec.ShotSeed,
            spec.Stride,
            spec.Precision,
            HashOf(itemsPath),
            shotItemsPath is null ? "" : HashOf(shotItemsPath)))));

    private string HashOf(string path) => Directory.Exists(path)
        ? string.Join(' ', Directory.GetFiles(path, "*.jsonl").Order(StringComparer.Ordinal).Select(fingerprint.OfFile))
        : fingerprint.OfFile(path);

    private static EvaluationTask Check(CreateEvaluationRequest request)
    {
        var violations = new Violations();
        violations.Require(
            request.EvaluationId.Length == 0 || ResourceId.IsValid(request.EvaluationId),
            "evaluation_id", $"'{request.EvaluationId}' is no id: {ResourceId.Rule}.");
        violations.Require(
            request.DisplayName.Length <= MaxDisplayName,
            "display_name", Invariant($"may have {MaxDisplayName} characters at the most."));
        var spec = request.Spec ?? new EvaluationSpec();
        violations.Require(spec.Model.Length > 0, "spec.model", "must name a model.");
        var (task, taskField, taskProblem) = TaskChoice.Find(spec);
        violations.Require(task is not null, taskField, taskProblem);
        violations.Require(spec.Items.Length > 0, "spec.items", "must say where the items come from.");
        violations.Require(spec.Limit >= 0, "spec.limit", Invariant($"must be 0 or more, not {spec.Limit}."));
        violations.Require(
            DeviceName().IsMatch(spec.Device),
            "spec.device", $"'{spec.Device}' is no device: auto, cpu, cuda, cuda:<index> or mps.");
        violations.Require(
            spec.Threads is >= 0 and <= MaxThreads,
            "spec.threads", Invariant($"must be 0 to {MaxThreads}, not {spec.Threads}."));
        violations.Require(
            spec.Shots is >= 0 and <= MaxShots, "spec.shots", Invariant($"must be 0 to {MaxShots}, not {spec.Shots}."));
        violations.Require(
            spec.Shots <= 0 || task is null or { TakesExamples: true },
            "spec.shots",
            $"'{task?.Name}' takes no examples.");
        violations.Require(
            spec.ShotItems.Length == 0 || spec.Shots > 0, "spec.shot_items", "needs spec.shots.");
        violations.Require(spec.Stride >= 0, "spec.stride", Invariant($"must be 0 or more, not {spec.Stride}."));
        violations.Require(
            spec.Stride == 0 || task is null or PerplexityTask, "spec.stride", "belongs to the task 'perplexity'.");
        violations.Require(
            spec.Precision is "" or "fp32" or "tf32" or "bf16",
            "spec.precision", $"'{spec.Precision}' is no precision: fp32, tf32 or bf16.");
        violations.ThrowIfAny();
        return task!;
    }

    private static EvaluationSpec WithDefaults(EvaluationSpec spec, EvaluationTask task)
    {
        var filled = spec.Clone();
        filled.Task = task.Name;
        if (filled.Device.Length == 0)
            filled.Device = "auto";
        if (filled.Precision.Length == 0)
            filled.Precision = "fp32";
        if (filled.Shots > 0 && !filled.HasShotSeed)
            filled.ShotSeed = ExampleSampler.DefaultSeed;
        return filled;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("^(auto|cpu|cuda(:[0-9]{1,3})?|mps)?$", RegexOptions.CultureInvariant)]
    private static partial Regex DeviceName();
}
