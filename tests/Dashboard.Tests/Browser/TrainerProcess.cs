using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Platform.Dashboard.Tests.Browser;

/// <summary>The built Trainer.Service as a process of its own, over run folders that were written by hand.</summary>
public sealed class TrainerProcess : IDisposable
{
    private readonly TempFolder _data = new();
    private const int LiveStepsBefore = 2_000;
    private const int LiveStepsInAll = 10_000_000;
    private readonly Process _process;
    private readonly Process? _worker;

    /// <summary>Writes the runs and starts the service.</summary>
    /// <param name="runs">Each run's id and steps.</param>
    /// <param name="live">The id of a run that goes on, by <see cref="TrainOnAsync"/>; null: none.</param>
    public TrainerProcess(IEnumerable<(string Id, int Steps)> runs, string? live = null)
    {
        foreach (var (id, steps) in runs)
            Write(id, steps, steps);
        if (live is not null)
        {
            // The service takes whatever process worker.json names for the one that trains.
            // This one waits for the end of its input, which comes with the end of these tests, however they end.
            _worker = Process.Start(new ProcessStartInfo("cat") { RedirectStandardInput = true })!;
            Write(live, LiveStepsBefore, LiveStepsInAll);
            File.WriteAllText(Path.Combine(FolderOf(live), "worker.json"), JsonSerializer.Serialize(new
            {
                format_version = 1,
                pid = _worker.Id,
                start_ticks = StartTicks(_worker.Id),
                attempt = 1,
                started = DateTimeOffset.UtcNow,
            }));
        }

        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        var build = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var folder = Path.Combine(RepositoryRoot.Path, "Trainer.Service", "bin", build.Parent!.Name, build.Name);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(folder, "Trainer.Service.dll")])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
        };
        start.Environment["PLATFORM_STOP_ON_STDIN_EOF"] = "1";
        start.Environment["Kestrel__Endpoints__grpc__Url"] = $"http://127.0.0.1:{Port}";
        start.Environment["Kestrel__Endpoints__http__Url"] = "http://127.0.0.1:0";
        start.Environment["Platform__DataRoot"] = _data.Path;
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        _process = Process.Start(start)!;
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>
    /// Writes eight steps a second of the run that goes on, as a worker would, until it is cancelled.
    /// </summary>
    /// <param name="id">The run's id.</param>
    /// <param name="token">Ends it.</param>
    public async Task TrainOnAsync(string id, CancellationToken token)
    {
        var random = new Random(1);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        try
        {
            for (var step = LiveStepsBefore; await timer.WaitForNextTickAsync(token); step += 2)
            {
                await File.AppendAllTextAsync(
                    Path.Combine(FolderOf(id), "metrics.jsonl"),
                    Line(step + 1, 2, DateTime.UtcNow, random) + Line(step + 2, 2, DateTime.UtcNow, random),
                    token);
            }
        }
        catch (OperationCanceledException)
        {
            // The measurement is over.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _worker?.Kill();
        _worker?.Dispose();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _data.Dispose();
    }

    // Field 22 of stat, counted behind the program's name, which may have spaces in it.
    private static long StartTicks(int processId)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19], CultureInfo.InvariantCulture);
    }

    private static string Line(int step, double loss, DateTime time, Random random)
    {
        var noisy = loss + (0.2 * random.NextDouble());
        var validation = step % 100 == 0 ? $",\"validation_loss\":{noisy:0.####}" : "";
        return $"{{\"time\":\"{time:O}\",\"attempt\":1,\"step\":{step},\"tokens\":{step * 512L},"
            + $"\"train_loss\":{noisy:0.####},\"learning_rate\":0.001,\"gradient_norm\":{random.NextDouble():0.####},"
            + $"\"tokens_per_second\":{5000 + (100 * random.NextDouble()):0.#}{validation}}}\n";
    }

    private string FolderOf(string id) => Path.Combine(_data.Path, "runs", id);

    // A run with all its steps has ended; another goes on.
    private void Write(string id, int steps, int stepsInAll)
    {
        var folder = Directory.CreateDirectory(FolderOf(id)).FullName;
        var begin = DateTime.UtcNow.AddDays(-1);
        File.WriteAllText(Path.Combine(folder, "run.json"), JsonSerializer.Serialize(new
        {
            format_version = 1,
            display_name = id,
            create_time = begin,
            spec = new
            {
                dataset = "datasets/x",
                max_steps = stepsInAll,
                seed = id.Length,
                optimizer = new { learning_rate = 1e-3 },
            },
        }));
        List<string> events =
        [
            JsonSerializer.Serialize(new { time = begin, type = "created", message = "Asked for." }),
            JsonSerializer.Serialize(new { time = begin, type = "started", message = "Started.", attempt = 1 }),
        ];
        if (steps == stepsInAll)
        {
            var end = begin.AddHours(9);
            events.Add(JsonSerializer.Serialize(
                new { time = end, type = "finished", message = "Done.", step = steps, attempt = 1 }));
        }

        File.WriteAllLines(Path.Combine(folder, "events.jsonl"), events);
        var random = new Random(id.Length + steps);
        var lines = new StringBuilder();
        for (var step = 1; step <= steps; step++)
            lines.Append(Line(step, 2 + (7 * Math.Exp(-5.0 * step / steps)), begin.AddSeconds(0.1 * step), random));
        File.WriteAllText(Path.Combine(folder, "metrics.jsonl"), lines.ToString());
    }
}
