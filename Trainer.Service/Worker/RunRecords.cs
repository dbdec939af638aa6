using System.Globalization;
using System.Text.Json.Nodes;
using Platform.Workspaces;

namespace Platform.TrainerHost.Worker;

/// <summary>
/// Writes what happens in a run: events, metrics, samples and the log. Every line is one write and is with the
/// operating system at once, so that a worker killed at any moment loses none of what it said.
/// </summary>
internal sealed class RunRecords : IDisposable
{
    private readonly JsonLinesWriter _events;
    private readonly JsonLinesWriter _metrics;
    private readonly JsonLinesWriter _samples;
    private readonly TextWriter _log;
    private readonly TimeProvider _time;
    private readonly int _attempt;

    /// <summary>Opens a run's line files.</summary>
    /// <param name="runFolder">The run's folder.</param>
    /// <param name="attempt">Stands in every record.</param>
    /// <param name="log">Gets the log's lines; the service has put log.txt behind standard output.</param>
    /// <param name="time">The clock.</param>
    public RunRecords(string runFolder, int attempt, TextWriter log, TimeProvider time)
    {
        _events = new JsonLinesWriter(Path.Combine(runFolder, "events.jsonl"));
        _metrics = new JsonLinesWriter(Path.Combine(runFolder, "metrics.jsonl"));
        _samples = new JsonLinesWriter(Path.Combine(runFolder, "samples.jsonl"));
        _log = log;
        _time = time;
        _attempt = attempt;
    }

    private string Now =>
        _time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary>Appends an event, and its message to the log.</summary>
    public void Event(string type, string message, params ReadOnlySpan<(string Key, JsonNode? Value)> details)
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
        _events.Append(record);
        Log(message);
    }

    /// <summary>Appends a step's figures, and build-nanogpt's line and a readable one to the log.</summary>
    public void Step(long step, long tokens, long stepTokens, StepResult result, long? memoryBytes)
    {
        var tokensPerSecond = stepTokens / result.Seconds;
        _metrics.Append(new MetricRecord
        {
            Time = Now,
            Attempt = _attempt,
            Step = step,
            Tokens = tokens,
            TrainLoss = result.Loss,
            LearningRate = result.LearningRate,
            GradientNorm = result.GradientNorm,
            StepSeconds = result.Seconds,
            TokensPerSecond = tokensPerSecond,
            MemoryBytes = memoryBytes,
        });
        Log(string.Create(
            CultureInfo.InvariantCulture,
            $"{step} train {result.Loss:F6}\nstep {step,5} | loss: {result.Loss:F6} | lr {result.LearningRate:E4} | "
            + $"norm: {result.GradientNorm:F4} | dt: {result.Seconds * 1000:F2}ms | tok/sec: {tokensPerSecond:F2}"));
    }

    /// <summary>Appends a validation's loss, and build-nanogpt's line to the log.</summary>
    public void Validation(long step, long tokens, double loss)
    {
        _metrics.Append(new MetricRecord
        {
            Time = Now,
            Attempt = _attempt,
            Step = step,
            Tokens = tokens,
            ValidationLoss = loss,
        });
        Log(string.Create(CultureInfo.InvariantCulture, $"{step} val {loss:F4}"));
    }

    /// <summary>Appends a sample.</summary>
    public void Sample(long step, int index, string prompt, string text)
    {
        _samples.Append(new JsonObject
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

    /// <summary>Writes a line to the log only.</summary>
    public void Log(string line)
    {
        _log.Write(line + "\n");
        _log.Flush();
    }

    /// <summary>Waits until all records are on the disk; before a checkpoint claims them.</summary>
    public void FlushToDisk()
    {
        _metrics.FlushToDisk();
        _samples.FlushToDisk();
        _events.FlushToDisk();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _events.Dispose();
        _metrics.Dispose();
        _samples.Dispose();
    }
}
