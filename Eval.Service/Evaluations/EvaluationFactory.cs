using System.Globalization;
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
    IOptions<EvalOptions> options,
    TimeProvider time)
{
    private const int MaxDisplayName = 200;
    private const int MaxThreads = 1024;

    // Two calls with one request_id must not both find that there is none yet.
    private readonly Lock _gate = new();

    /// <summary>Makes an evaluation; the one of an earlier call with the same request_id is answered again.</summary>
    /// <exception cref="PlatformException">The request is wrong, or the queue is full.</exception>
    public EvaluationEntry Create(CreateEvaluationRequest request)
    {
        Check(request);
        lock (_gate)
        {
            if (request.RequestId.Length > 0
                && store.All.FirstOrDefault(entry => entry.File.RequestId == request.RequestId) is { } earlier)
                return earlier;
            if (store.All.Count(entry => entry.History.State == Contracts.Common.V1.State.Queued)
                >= options.Value.MaxQueued)
            {
                throw new ResourceExhaustedException(
                    "QUEUE_FULL",
                    Invariant($"{options.Value.MaxQueued} evaluations are waiting already; try again later."));
            }

            var spec = WithDefaults(request.Spec);
            var file = new EvaluationFile(
                request.EvaluationId.Length > 0 ? request.EvaluationId : ResourceId.Create(),
                request.DisplayName,
                request.RequestId,
                time.GetUtcNow(),
                spec,
                models.Resolve(spec.Model, "spec.model"),
                items.Resolve(spec.Items));
            var entry = store.Add(file);
            runner.Wake();
            return entry;
        }
    }

    private static void Check(CreateEvaluationRequest request)
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
        violations.Require(
            spec.Task is "" or HellaSwagTask.Name,
            "spec.task", $"There is no task '{spec.Task}'; there is: {HellaSwagTask.Name}.");
        violations.Require(spec.Items.Length > 0, "spec.items", "must say where the items come from.");
        violations.Require(spec.Limit >= 0, "spec.limit", Invariant($"must be 0 or more, not {spec.Limit}."));
        violations.Require(
            DeviceName().IsMatch(spec.Device),
            "spec.device", $"'{spec.Device}' is no device: auto, cpu, cuda, cuda:<index> or mps.");
        violations.Require(
            spec.Threads is >= 0 and <= MaxThreads,
            "spec.threads", Invariant($"must be 0 to {MaxThreads}, not {spec.Threads}."));
        violations.ThrowIfAny();
    }

    private static EvaluationSpec WithDefaults(EvaluationSpec spec)
    {
        var filled = spec.Clone();
        if (filled.Task.Length == 0)
            filled.Task = HellaSwagTask.Name;
        if (filled.Device.Length == 0)
            filled.Device = "auto";
        return filled;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("^(auto|cpu|cuda(:[0-9]{1,3})?|mps)?$", RegexOptions.CultureInvariant)]
    private static partial Regex DeviceName();
}
