using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Workspaces;

namespace Platform.StandIn;

/// <summary>The stand-in's loop.</summary>
public sealed class StandInWorker : IDisposable
{
    private const int StoppedExitCode = 75;

    private readonly string _run;
    private readonly int _attempt;
    private readonly Script _script;
    private readonly string _go;
    private readonly string _device;
    private readonly ManualResetEventSlim _stop = new();

    /// <summary>Reads the command line; the words before <c>worker</c> are the program it stands in for.</summary>
    public StandInWorker(string[] args)
    {
        _run = After("--run");
        _attempt = int.Parse(After("--attempt"), CultureInfo.InvariantCulture);
        var scripts = Path.Combine(After("--data-root"), "script");
        var id = Path.GetFileName(_run);
        _script = Script.Read(scripts, id);
        _go = Path.Combine(scripts, id + ".go");

        _device = args.Contains("--device") ? After("--device") : "cpu";

        string After(string option) => args[Array.IndexOf(args, option) + 1];
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    /// <summary>The loss of a step.</summary>
    public static double LossOf(long step, double offset) => (4.0 / (1 + step)) + offset;

    /// <summary>Trains.</summary>
    /// <returns>The exit code of the contract.</returns>
    public int Run()
    {
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            if (!_script.IgnoreTerm)
                _stop.Set();
        });
        using var run = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_run, "run.json")));
        var spec = run.RootElement.GetProperty("spec");
        var maxSteps = Long(spec, "max_steps");
        var interval = Long(spec.GetProperty("checkpoint"), "interval");
        var rate = spec.GetProperty("optimizer").GetProperty("learning_rate").GetDouble();
        var validation = Long(spec.GetProperty("evaluation"), "validation_interval");
        using var events = new JsonLinesWriter(Path.Combine(_run, "events.jsonl"));
        using var metrics = new JsonLinesWriter(Path.Combine(_run, "metrics.jsonl"));
        using var samples = new JsonLinesWriter(Path.Combine(_run, "samples.jsonl"));
        Event(
            events,
            "model",
            "A stand-in.",
            ("parameter_count", 1000),
            ("trainable_parameter_count", 100),
            ("device", _device));
        var step = LastCheckpoint();
        if (step > 0)
            Event(events, "resumed", $"Went on from step {step}.", ("step", step));
        else if (validation > 0)
            Metric(metrics, 0, ("validation_loss", LossOf(0, _script.Offset + rate)));
        while (step < maxSteps)
        {
            if (Interrupt(step + 1) is { } reason)
            {
                Event(events, "failed", reason, ("reason", "STAND_IN_FAILED"));
                return 1;
            }

            if (_stop.IsSet)
            {
                Checkpoint(events, step, null);
                Event(events, "stopped", "Asked to end.", ("step", step));
                return StoppedExitCode;
            }

            step++;
            var loss = LossOf(step, _script.Offset + rate);
            Metric(
                metrics,
                step,
                ("train_loss", loss),
                ("tokens_per_second", 1000.0),
                ("learning_rate", rate),
                ("gradient_norm", 0.5),
                ("mfu", 0.25));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{step} train {loss:F6}"));
            double? validationLoss = validation > 0 && (step % validation == 0 || step == maxSteps) ? loss + 0.5 : null;
            if (validationLoss is { } value)
                Metric(metrics, step, ("validation_loss", value));
            if (step == maxSteps || (interval > 0 && step % interval == 0))
                Checkpoint(events, step, validationLoss);
        }

        samples.Append(new JsonObject
        {
            ["time"] = Now(),
            ["attempt"] = _attempt,
            ["step"] = step,
            ["index"] = 0,
            ["prompt"] = "Once",
            ["text"] = " upon",
        });
        Event(events, "finished", "Done.", ("step", step), ("final_loss", LossOf(step, _script.Offset + rate)));
        return 0;
    }

    private static long Long(JsonElement json, string key) =>
        json.TryGetProperty(key, out var value)
            ? value.ValueKind == JsonValueKind.String
                ? long.Parse(value.GetString()!, CultureInfo.InvariantCulture)
                : value.GetInt64()
            : 0;

    private static string Now() => DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private string? Interrupt(long step)
    {
        if (step == _script.DieAt && _attempt <= _script.DieAttempts)
            _ = Kill(Environment.ProcessId, 9);
        if (step == _script.FailAt && _attempt <= _script.FailAttempts)
            return "It was told to fail.";
        // A test that failed takes its folders with it: then nobody will say go.
        while (step == _script.HoldAt && !File.Exists(_go) && !_stop.IsSet && Directory.Exists(_run))
            _stop.Wait(5);
        if (_script.StepMs > 0)
            _stop.Wait(_script.StepMs);
        return null;
    }

    private long LastCheckpoint()
    {
        var folder = new DirectoryInfo(Path.Combine(_run, "checkpoints"));
        return folder.Exists
            ? folder.GetDirectories("step-*")
                .Where(entry => File.Exists(Path.Combine(entry.FullName, "complete.json")))
                .Select(entry => long.Parse(entry.Name[5..], CultureInfo.InvariantCulture))
                .DefaultIfEmpty(0)
                .Max()
            : 0;
    }

    private void Checkpoint(JsonLinesWriter events, long step, double? validationLoss)
    {
        var folder = Path.Combine(_run, "checkpoints", string.Create(CultureInfo.InvariantCulture, $"step-{step:D8}"));
        Directory.CreateDirectory(folder);
        File.WriteAllText(
            Path.Combine(folder, "config.json"),
            """{"vocab_size": 64, "block_size": 32, "n_layer": 1, "n_head": 1, "n_embd": 16}""");
        var seal = new JsonObject { ["format_version"] = 1, ["step"] = step };
        if (validationLoss is { } loss)
            seal["validation_loss"] = loss;
        seal["files"] = new JsonObject { ["config.json"] = new JsonObject { ["size_bytes"] = 80, ["sha256"] = "" } };
        AtomicFile.WriteText(Path.Combine(folder, "complete.json"), seal.ToJsonString());
        Event(events, "checkpoint", $"Wrote a checkpoint at step {step}.", ("step", step));
    }

    private void Event(
        JsonLinesWriter file, string type, string message, params ReadOnlySpan<(string Key, JsonNode? Value)> details)
    {
        var json = new JsonObject
        {
            ["time"] = Now(),
            ["type"] = type,
            ["message"] = message,
            ["attempt"] = _attempt,
        };
        foreach (var (key, value) in details)
            json[key] = value;
        file.Append(json);
    }

    private void Metric(JsonLinesWriter file, long step, params ReadOnlySpan<(string Key, JsonNode? Value)> values)
    {
        var json = new JsonObject
        {
            ["time"] = Now(),
            ["attempt"] = _attempt,
            ["step"] = step,
            ["tokens"] = step * 64,
        };
        foreach (var (key, value) in values)
            json[key] = value;
        file.Append(json);
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int pid, int signal);
}
