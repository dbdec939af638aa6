using System.Globalization;
using System.Text.Json.Nodes;
using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Platform.TrainerHost.Worker.Ranks;
using Platform.Workers;
using Platform.Workspaces;

namespace Platform.TrainerHost.Worker;

/// <summary>
/// Writes what happens in a run: events, metrics, samples and the log. Every line is one write and is with the
/// operating system at once, so that a worker killed at any moment loses none of what it said.
/// </summary>
internal sealed class RunRecords : IDisposable
{
    private readonly Lock _lock = new();
    private readonly JsonLinesWriter _events;
    private readonly JsonLinesWriter? _metrics;
    private readonly JsonLinesWriter? _samples;
    private readonly string _folder;
    private readonly RunLog _log;
    private readonly TimeProvider _time;
    private readonly int _attempt;

    /// <summary>Opens a run's line files.</summary>
    /// <param name="runFolder">The run's folder.</param>
    /// <param name="attempt">Stands in every record.</param>
    /// <param name="log">Gets the log's lines; the service has put log.txt behind standard output.</param>
    /// <param name="time">The clock.</param>
    /// <param name="rank">Only the first rank writes; others say no more than that they failed.</param>
    public RunRecords(string runFolder, int attempt, TextWriter log, TimeProvider time, int rank = 0)
    {
        _events = new JsonLinesWriter(Path.Combine(runFolder, "events.jsonl"));
        if (rank == 0)
        {
            _metrics = new JsonLinesWriter(Path.Combine(runFolder, "metrics.jsonl"));
            _samples = new JsonLinesWriter(Path.Combine(runFolder, "samples.jsonl"));
        }

        _folder = runFolder;
        _log = new RunLog(log, Path.Combine(runFolder, "log.txt"), rank);
        _time = time;
        _attempt = attempt;
    }

    private string Now =>
        _time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary>Appends an event, and its message to the log.</summary>
    public void Event(string type, string message, params ReadOnlySpan<(string Key, JsonNode? Value)> details)
    {
        if (_metrics is not null)
            Append(type, message, details);
    }

    /// <summary>Appends that this attempt has failed, unless another rank said so already.</summary>
    public void Failed(string reason, string message)
    {
        // One after the other: ranks that fail alike fail at the same moment.
        using var turn = FileLock.Take(Path.Combine(_folder, ".failed.lock"));
        if (!TypesOfAttempt().Contains("failed"))
            Append("failed", message, ("reason", reason));
    }

    /// <summary>The types of this attempt's events so far, whichever rank wrote them.</summary>
    public IReadOnlyList<string> TypesOfAttempt() =>
    [
        .. JsonLinesFile.ReadAll(Path.Combine(_folder, "events.jsonl"))
            .Where(line => line.TryGetProperty("attempt", out var attempt) && attempt.TryGetInt32(out var number)
                && number == _attempt && line.TryGetProperty("type", out _))
            .Select(line => line.GetProperty("type").GetString() ?? ""),
    ];

    /// <summary>Appends what is trained, and where it goes on.</summary>
    /// <param name="model">The model.</param>
    /// <param name="selection">What trains.</param>
    /// <param name="spec">The run's spec.</param>
    /// <param name="ranks">Who trains it together.</param>
    /// <param name="resumedStep">The checkpoint's step that it goes on from; null where it begins.</param>
    public void Model(Gpt model, ParameterSelection selection, RunSpec spec, RankGroup ranks, long? resumedStep)
    {
        var parameters = model.Config.ParameterCount();
        var together = ranks.World > 1 ? $", {ranks.World} ranks over {ranks.Name}" : "";
        Event(
            "model",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{parameters:N0} parameters, {selection.Count:N0} of them train, on {model.Device}, {spec.Precision}"
                + $"{together}."),
            ("parameter_count", parameters),
            ("trainable_parameter_count", selection.Count),
            ("device", model.Device.ToString()),
            ("ranks", ranks.World),
            ("exchange", ranks.Name),
            ("flops_per_step", StepFigures.FlopsPerStep(model.Config, spec, selection.Count)),
            ("threads", ComputeDevice.Threads));
        if (resumedStep is { } step)
        {
            Event(
                "resumed",
                string.Create(CultureInfo.InvariantCulture, $"Going on from the checkpoint of step {step}."),
                ("step", step));
        }
    }

    /// <summary>Appends how the attempt has ended.</summary>
    /// <param name="end">How.</param>
    /// <param name="state">The run's last state.</param>
    /// <param name="plan">What the loop followed.</param>
    /// <param name="reason">Why it was stopped.</param>
    /// <param name="peakMemory">What all ranks' processes had at their highest, in bytes; null where not known.</param>
    public void Ended(LoopEnd end, TrainerState state, TrainingPlan plan, string reason, long? peakMemory = null)
    {
        if (end == LoopEnd.Stopped)
        {
            Event(
                "stopped",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Stopped after step {state.Step} ({reason}); a checkpoint is written."),
                ("step", state.Step),
                ("peak_memory_bytes", peakMemory));
            return;
        }

        Event(
            "finished",
            state.EndedEarlyOf is null
                ? string.Create(CultureInfo.InvariantCulture, $"Finished after {state.Step} steps.")
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"Ended early after step {state.Step}: no lower loss in {plan.Patience} validations."),
            ("step", state.Step),
            ("final_loss", state.FinalLoss),
            ("stop_reason", state.EndedEarlyOf is null ? null : "EARLY_STOPPED"),
            ("validation_loss", state.ValidationLoss),
            ("peak_memory_bytes", peakMemory));
    }

    /// <summary>Appends a step's figures, and build-nanogpt's line and a readable one to the log.</summary>
    public void Step(TrainerState state, StepResult result, MetricRecord record)
    {
        Append(record);
        Log(string.Create(
            CultureInfo.InvariantCulture,
            $"{state.Step} train {result.Loss:F6}\nstep {state.Step,5} | loss: {result.Loss:F6} | lr "
            + $"{result.LearningRate:E4} | norm: {result.GradientNorm:F4} | dt: {result.Seconds * 1000:F2}ms | "
            + $"tok/sec: {record.TokensPerSecond:F2} | mfu: {record.Mfu * 100:F1}%"));
    }

    /// <summary>Appends a validation's figures, and build-nanogpt's line to the log.</summary>
    public void Validation(long step, long tokens, ValidationResult result)
    {
        Append(new MetricRecord
        {
            Step = step,
            Tokens = tokens,
            ValidationLoss = result.Loss,
            BitsPerByte = result.BitsPerByte,
        });
        Log(string.Create(CultureInfo.InvariantCulture, $"{step} val {result.Loss:F4}"));
    }

    /// <summary>Appends the share of items answered right, and build-nanogpt's line to the log.</summary>
    public void Grading(long step, long tokens, double accuracy)
    {
        Append(new MetricRecord { Step = step, Tokens = tokens, HellaswagAccuracy = accuracy });
        Log(string.Create(CultureInfo.InvariantCulture, $"{step} hella {accuracy:F4}"));
    }

    /// <summary>Appends that fewer sequences are computed at once from now on.</summary>
    public void BackedOff(long step, int before, int now, string why) => Event(
        "memory_backed_off",
        string.Create(
            CultureInfo.InvariantCulture,
            $"{now} sequences at once in place of {before}, in as many more micro-batches: {why}."),
        ("step", step),
        ("micro_batch_size", now));

    /// <summary>Appends a sample.</summary>
    public void Sample(long step, int index, string prompt, string text)
    {
        _samples?.Append(new JsonObject
        {
            ["time"] = Now,
            ["attempt"] = _attempt,
            ["step"] = step,
            ["index"] = index,
            ["prompt"] = prompt,
            ["text"] = text,
        });
        Log($"sample {index}: {prompt}{text}");
    }

    /// <summary>Writes a line to the log only; ranks but the first have nothing to say that it does not.</summary>
    public void Log(string line)
    {
        if (_metrics is not null)
            _log.Write(line);
    }

    /// <summary>Writes what went wrong to the log, on any rank.</summary>
    public void LogError(string text) => _log.Write(text);

    /// <summary>
    /// Waits until all records are on the disk, before a checkpoint claims them; on any thread, while another writes.
    /// </summary>
    public void FlushToDisk()
    {
        _metrics?.FlushToDisk();
        _samples?.FlushToDisk();
        _events.FlushToDisk();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _events.Dispose();
        _metrics?.Dispose();
        _samples?.Dispose();
    }

    private void Append(MetricRecord record)
    {
        (record.Time, record.Attempt) = (Now, _attempt);
        _metrics?.Append(record);
    }

    private void Append(string type, string message, params ReadOnlySpan<(string Key, JsonNode? Value)> details)
    {
        var record = new JsonObject
        {
            ["time"] = Now,
            ["type"] = type,
            ["message"] = message,
            ["attempt"] = _attempt,
        };
        foreach (var (key, value) in details)
            record[key] = value;
        // A checkpoint's thread has its word too.
        lock (_lock)
            _events.Append(record);
        _log.Write(message);
    }
}
