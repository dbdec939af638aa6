using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Eval.V1;
using Platform.Evals;
using Platform.Workspaces;
using Platform.Workspaces.Changes;

namespace Platform.EvalHost.Evaluations;

/// <summary>An evaluation as its folder tells it. Safe for use by many threads at once.</summary>
internal sealed class EvaluationEntry
{
    private readonly Lock _gate = new();
    private readonly ResourceChanges _changes;
    private readonly EvaluationHistory _history = new();
    private readonly LineReader _events;
    private readonly ItemsFile _items;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FinishedSummary? _summary;
    private int _gradedBefore;

    /// <param name="folder">Its folder.</param>
    /// <param name="changes">Told of every change.</param>
    /// <exception cref="Workspaces.Errors.DataLossException">evaluation.json cannot be read.</exception>
    public EvaluationEntry(string folder, ResourceChanges changes)
    {
        _changes = changes;
        Folder = folder;
        File = EvaluationFile.Read(folder);
        _events = new LineReader(Path.Combine(folder, EvaluationEvents.FileName));
        _items = new ItemsFile(Path.Combine(folder, ItemsFile.FileName), File.Grading.Metric);
        Refresh();
    }

    /// <summary>Its folder.</summary>
    public string Folder { get; }

    /// <summary>What was asked.</summary>
    public EvaluationFile File { get; }

    /// <summary><c>evaluations/{id}</c>.</summary>
    public string Name => "evaluations/" + File.Id;

    /// <summary>Where it stands; consistent only when nothing else changes it meanwhile.</summary>
    public EvaluationHistory History => _history;

    /// <summary>Whether it was deleted.</summary>
    public bool IsDeleted { get; private set; }

    /// <summary>Items graded or skipped.</summary>
    public int DoneCount
    {
        get
        {
            lock (_gate)
            {
                _items.ReadNew();
                return _items.Lines.Count + _items.SkippedCount;
            }
        }
    }

    /// <summary>Takes in what was written since; wakes those who watch where there was anything.</summary>
    public void Refresh()
    {
        lock (_gate)
        {
            var changed = _events.ReadNew(line =>
            {
                if (JsonLinesFile.TryParse(line) is { } record)
                    Apply(record);
            }) > 0;
            // What an ended evaluation has graded is read when someone asks for it.
            changed |= !_history.IsTerminal && _items.ReadNew();
            if (changed)
                Wake();
        }
    }

    /// <summary>Appends an event and takes it in.</summary>
    public void Append(System.Text.Json.Nodes.JsonObject record)
    {
        EvaluationEvents.Append(Folder, record);
        Refresh();
    }

    /// <summary>Tells those who watch that it is gone.</summary>
    public void MarkDeleted()
    {
        lock (_gate)
        {
            IsDeleted = true;
            Wake();
        }
    }

    /// <summary>The evaluation as it is, and a task that completes at the next change.</summary>
    public (Evaluation Message, bool IsTerminal, Task Changed) Snapshot(DateTimeOffset now)
    {
        lock (_gate)
            return (ToMessage(now), _history.IsTerminal, _changed.Task);
    }

    /// <summary>All graded items, read one by one.</summary>
    public IEnumerable<GradedItem> Items()
    {
        List<ItemLine> lines;
        lock (_gate)
        {
            _items.ReadNew();
            lines = [.. _items.Lines];
        }

        return _items.Read(lines);
    }

    /// <summary>A page of graded items that match, from an ordinal among those that match.</summary>
    public (IReadOnlyList<GradedItem> Page, int Total) FindItems(
        ExampleFilter filter, ExampleOrder order, int skip, int take)
    {
        List<ItemLine> lines;
        lock (_gate)
        {
            _items.ReadNew();
            lines = [.. order.Apply(_items.Lines.Where(filter.Matches))];
        }

        if (!filter.NeedsText)
            return ([.. _items.Read(lines.Skip(skip).Take(take))], lines.Count);
        var page = new List<GradedItem>();
        var total = 0;
        foreach (var item in _items.Read(lines).Where(filter.Matches))
        {
            if (total >= skip && page.Count < take)
                page.Add(item);
            total++;
        }

        return (page, total);
    }

    private void Apply(JsonElement record)
    {
        _history.Apply(record);
        var type = record.TryGetProperty("type", out var text) ? text.GetString() : null;
        if (type == EvaluationEvents.Finished && record.TryGetProperty("summary", out var summary))
            _summary = summary.Deserialize<FinishedSummary>(WorkspaceJson.Line);
        else if (type == EvaluationEvents.Started)
            (_gradedBefore, _summary) = (DoneCount, null);
    }

    private void Wake()
    {
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
        _changes.Notify(File.Id);
    }

    private Evaluation ToMessage(DateTimeOffset now)
    {
        var summary = _summary ?? Summarise();
        var message = new Evaluation
        {
            Name = Name,
            DisplayName = File.DisplayName,
            State = _history.State,
            Error = _history.Error,
            Spec = File.Spec,
            ExampleCount = summary.Graded,
            SkippedCount = summary.Skipped,
            TruncatedCount = summary.Truncated,
            ResolvedModel = File.Model.Name,
            CreateTime = File.CreateTime.ToTimestamp(),
            StartTime = _history.StartTime?.ToTimestamp(),
            EndTime = _history.EndTime?.ToTimestamp(),
            PrimaryMetric = File.Grading.Metric,
            TaskVersion = File.Grading.TaskVersion,
            ModelSha256 = File.Grading.ModelSha256,
            CachedFrom = File.Grading.CachedFrom ?? "",
        };
        if (File.Grading.Chance is { } chance)
            message.Chance = chance;
        message.SkippedReasons.AddRange(summary.SkippedReasons ?? []);
        message.Metrics.AddRange(summary.Metrics.Select(metric => new Metric
        {
            Name = metric.Name,
            Value = metric.Value,
            StandardError = metric.StandardError,
            Count = metric.Count,
        }));
        if (_history.State is State.Running or State.Cancelling)
            message.Progress = ToProgress(summary.Graded + summary.Skipped, now);
        return message;
    }

    private FinishedSummary Summarise()
    {
        _items.ReadNew();
        return FinishedSummary.Of(_items);
    }

    private Progress ToProgress(int done, DateTimeOffset now)
    {
        var progress = new Progress
        {
            Done = done,
            Total = _history.Total,
            Unit = "items",
            Phase = _history.Total == 0 ? "loading the model" : "grading",
        };
        var fresh = done - _gradedBefore;
        if (fresh > 0 && _history.AttemptTime is { } begun)
            progress.RemainingSeconds = (now - begun).TotalSeconds / fresh * Math.Max(0, _history.Total - done);
        return progress;
    }
}
