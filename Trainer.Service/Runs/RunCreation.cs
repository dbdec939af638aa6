using System.Globalization;
using System.Text.Json.Nodes;
using Platform.Contracts.Trainer.V1;
using Platform.TrainerHost.Estimates;
using Platform.TrainerHost.Queue;
using Platform.TrainerHost.Worker;
using Platform.Workspaces;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Runs;

/// <summary>Checks what callers ask for, and makes runs of it.</summary>
internal sealed class RunCreation(
    DataRoot root,
    PathPolicy paths,
    BaseModelResolver bases,
    RunStore store,
    RunQueue queue,
    RunEstimator estimator,
    TimeProvider time)
{
    private const int MaxTags = 32;
    private const int MaxTagLength = 64;
    private const int MaxDisplayNameLength = 200;
    private const int MaxRequestIdLength = 128;

    private readonly Lock _creating = new();

    /// <summary>Makes a run, or answers the one that the same request made before.</summary>
    /// <exception cref="InvalidArgumentException">The request is wrong; everything that is wrong is named.</exception>
    /// <exception cref="AlreadyExistsException">The id is taken.</exception>
    public Run Create(CreateRunRequest request)
    {
        var problems = new Violations();
        CheckWords(request.DisplayName, request.Tags, problems);
        CheckId(request.RunId, "run_id", problems);
        CheckRequestId(request.RequestId, problems);
        lock (_creating)
        {
            if (request.RequestId.Length > 0 && store.ByRequest(request.RequestId) is { } earlier)
                return earlier;
            var (spec, baseModel) = Complete(request.Spec ?? new RunSpec(), "spec.", problems);
            problems.ThrowIfAny();
            var estimate = estimator.Estimate(spec, baseModel);
            if (!request.Force)
                CheckMemory(estimate, problems);
            problems.ThrowIfAny();
            var record = new RunRecord(request.RunId.Length > 0 ? request.RunId : FreeId(), spec, baseModel)
            {
                DisplayName = request.DisplayName,
                Tags = [.. request.Tags],
                RequestId = request.RequestId,
                CreateTime = time.GetUtcNow(),
                Estimate = estimate,
            };
            if (request.ValidateOnly)
                return RunView.Create(record, new RunHistory());
            var run = queue.Add(record);
            CheckpointPins.Add(root, baseModel.Name, record.Name);
            CheckpointPins.Add(root, spec.Lora?.Adapter, record.Name);
            return run;
        }
    }

    /// <summary>What a run would take; its spec is checked first.</summary>
    /// <exception cref="InvalidArgumentException">The spec is wrong; everything that is wrong is named.</exception>
    public RunEstimate Estimate(RunSpec given)
    {
        var problems = new Violations();
        var (spec, baseModel) = Complete(given, "spec.", problems);
        problems.ThrowIfAny();
        return estimator.Estimate(spec, baseModel);
    }

    /// <summary>A spec with its defaults and the base it means; what is wrong is noted.</summary>
    /// <param name="spec">What was asked.</param>
    /// <param name="prefix">What the fields' paths begin with.</param>
    /// <param name="problems">Takes what is wrong.</param>
    /// <param name="references">What was looked up already, for many specs that name the same.</param>
    public (RunSpec Spec, RunBase Base) Complete(
        RunSpec spec, string prefix, Violations problems, RunReferences? references = null)
    {
        references ??= NewReferences();
        var dataset = references.Dataset(spec.Dataset, prefix + "dataset", problems);
        var baseModel = spec.BaseModel.Length > 0
            ? references.BaseModel(spec.BaseModel, prefix + "base_model", problems)
            : null;
        var adapter = spec.Lora is { Adapter.Length: > 0 } lora
            ? AdapterFacts.Find(lora.Adapter, baseModel, prefix + "lora.adapter", bases, problems)
            : null;
        var complete = new RunSpecRules(prefix, problems).Complete(spec, dataset, baseModel, adapter);
        if (complete.Evaluation.HellaswagItems.Length > 0)
            CheckItems(complete.Evaluation, prefix + "evaluation.hellaswag_items", problems);
        return (complete, baseModel?.Base ?? RunBase.New);
    }

    /// <summary>An empty memory of references.</summary>
    public RunReferences NewReferences() => new(root, bases);

    /// <summary>Notes what is wrong with a display name and tags.</summary>
    public static void CheckWords(string? displayName, IReadOnlyList<string>? tags, Violations problems)
    {
        problems.Require(
            displayName is not { Length: > MaxDisplayNameLength },
            "display_name",
            $"At most {MaxDisplayNameLength} characters.");
        problems.Require(tags is not { Count: > MaxTags }, "tags", $"At most {MaxTags} tags.");
        for (var i = 0; i < tags?.Count; i++)
        {
            problems.Require(
                tags[i].Length is > 0 and <= MaxTagLength && !tags[i].Any(c => char.IsWhiteSpace(c) || c == '"'),
                $"tags[{i}]",
                $"1 to {MaxTagLength} characters without spaces and quotation marks.");
        }
    }

    /// <summary>Notes what is wrong with an id that a caller chose.</summary>
    public static void CheckId(string id, string field, Violations problems) =>
        problems.Require(id.Length == 0 || ResourceId.IsValid(id), field, $"'{id}' is not {ResourceId.Rule}.");

    /// <summary>Notes what is wrong with a request's id.</summary>
    public static void CheckRequestId(string id, Violations problems) =>
        problems.Require(id.Length <= MaxRequestIdLength, "request_id", $"At most {MaxRequestIdLength} characters.");

    /// <summary>The first events of a run.</summary>
    public static IReadOnlyList<JsonObject> Events(RunRecord record, long order)
    {
        var now = RunRecord.Format(record.CreateTime);
        return
        [
            new() { ["time"] = now, ["type"] = EventTypes.Created, ["message"] = "The run was asked for." },
            new()
            {
                ["time"] = now,
                ["type"] = EventTypes.Queued,
                ["message"] = "The run waits for its turn.",
                ["order"] = order,
                ["by_caller"] = true,
            },
        ];
    }

    private static void CheckMemory(RunEstimate estimate, Violations problems)
    {
        if (!estimate.ExceedsMemory)
            return;
        const double gib = 1L << 30;
        var fixedBytes = estimate.MemoryBytes - estimate.ActivationBytes;
        problems.Add(
            fixedBytes > estimate.AvailableMemoryBytes ? "spec.model" : "spec.batch.micro_batch_size",
            string.Create(
                CultureInfo.InvariantCulture,
                $"The run would take about {estimate.MemoryBytes / gib:F1} GiB, {estimate.ActivationBytes / gib:F1} of "
                + $"them for a micro-batch; there are {estimate.AvailableMemoryBytes / gib:F1}. With force it is made "
                + $"all the same."));
    }

    // Paths become absolute, so that the worker needs no policy.
    private void CheckItems(MeasurementSpec evaluation, string field, Violations problems)
    {
        try
        {
            if (evaluation.HellaswagItems.StartsWith(PathPolicy.Prefix, StringComparison.Ordinal))
                evaluation.HellaswagItems = PathPolicy.Prefix + paths.Resolve(evaluation.HellaswagItems, field);
            var file = ItemsFile.Resolve(root, evaluation.HellaswagItems);
            problems.Require(File.Exists(file), field, $"There are no items in '{evaluation.HellaswagItems}'.");
        }
        catch (Exception e) when (e is PlatformException or TrainingException)
        {
            problems.Add(field, e.Message);
        }
    }

    private string FreeId()
    {
        while (true)
        {
            var id = ResourceId.Create();
            if (store.TryGet(id) is null)
                return id;
        }
    }
}
