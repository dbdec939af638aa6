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
    private readonly Process _process;

    /// <summary>Writes the runs and starts the service.</summary>
    /// <param name="runs">Each run's id and steps.</param>
    public TrainerProcess(IEnumerable<(string Id, int Steps)> runs)
    {
        foreach (var (id, steps) in runs)
            Write(id, steps);
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        var build = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var folder = Path.Combine(RepositoryRoot.Path, "Trainer.Service", "bin", build.Parent!.Name, build.Name);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(folder, "Trainer.Service.dll")]) { WorkingDirectory = folder };
        start.Environment["Kestrel__Endpoints__grpc__Url"] = $"http://127.0.0.1:{Port}";
        start.Environment["Kestrel__Endpoints__http__Url"] = "http://127.0.0.1:0";
        start.Environment["Platform__DataRoot"] = _data.Path;
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        _process = Process.Start(start)!;
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        _data.Dispose();
    }

    private void Write(string id, int steps)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_data.Path, "runs", id)).FullName;
        var begin = DateTime.UtcNow.AddDays(-1);
        File.WriteAllText(Path.Combine(folder, "run.json"), JsonSerializer.Serialize(new
        {
            format_version = 1,
            display_name = id,
            create_time = begin,
            spec = new { dataset = "datasets/x", max_steps = steps, seed = id.Length, optimizer = new { learning_rate = 1e-3 } },
        }));
        File.WriteAllLines(Path.Combine(folder, "events.jsonl"),
        [
            JsonSerializer.Serialize(new { time = begin, type = "created", message = "Asked for." }),
            JsonSerializer.Serialize(new { time = begin, type = "started", message = "Started.", attempt = 1 }),
            JsonSerializer.Serialize(new { time = begin.AddHours(9), type = "finished", message = "Done.", step = steps, attempt = 1 }),
        ]);
        var random = new Random(id.Length + steps);
        var lines = new StringBuilder();
        for (var step = 1; step <= steps; step++)
        {
            var loss = 2 + (7 * Math.Exp(-5.0 * step / steps)) + (0.2 * random.NextDouble());
            var time = begin.AddSeconds(0.1 * step).ToString("O", CultureInfo.InvariantCulture);
            lines.Append(CultureInfo.InvariantCulture, $"{{\"time\":\"{time}\",\"attempt\":1,\"step\":{step},\"tokens\":{step * 512L},\"train_loss\":{loss:0.####},\"learning_rate\":0.001,\"gradient_norm\":{random.NextDouble():0.####},\"tokens_per_second\":{5000 + (100 * random.NextDouble()):0.#}");
            if (step % 100 == 0)
                lines.Append(CultureInfo.InvariantCulture, $",\"validation_loss\":{loss:0.####}");
            lines.Append("}\n");
        }

        File.WriteAllText(Path.Combine(folder, "metrics.jsonl"), lines.ToString());
    }
}
