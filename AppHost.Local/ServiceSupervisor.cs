using System.Diagnostics;
using System.Globalization;

namespace Platform.AppHost.Local;

/// <summary>
/// Keeps one service running: waits for what it depends on, starts it, waits until it is healthy, restarts it when it
/// crashes, and stops it.
/// </summary>
internal sealed class ServiceSupervisor(ProjectResource resource, RunnerOptions options, SuiteLog log) : IDisposable
{
    /// <summary>Lines shown of a service that did not become healthy.</summary>
    private const int LastLines = 20;

    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_healthCall = TimeSpan.FromSeconds(5);

    // Ctrl-C reaches a terminal's every process at once: a service may end before this process knows that it should.
    private static readonly TimeSpan s_stopOnItsWay = TimeSpan.FromMilliseconds(500);

    private readonly HttpClient _http = new() { Timeout = s_healthCall };
    private readonly Queue<string> _lastLines = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _kill = new();
    private readonly TaskCompletionSource _healthy = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private enum Health
    {
        Healthy,
        Ended,
        TimedOut,
    }

    public string Name => resource.Name;

    /// <summary>Ends when the service is healthy for the first time; fails with a message for the user.</summary>
    public Task Healthy => _healthy.Task;

    /// <summary>Runs until the service is stopped or given up.</summary>
    public async Task RunAsync(IEnumerable<Task> dependencies)
    {
        try
        {
            await Task.WhenAll(dependencies).WaitAsync(_stop.Token);
            await KeepRunningAsync();
        }
        catch (OperationCanceledException)
        {
            _healthy.TrySetCanceled();
        }
        catch (Exception e)
        {
            // Whoever waits for the service gets it, whatever it is; after the first start nobody does.
            if (!_healthy.TrySetException(e))
                log.Say($"{Name}: {e.Message}");
        }
    }

    /// <summary>Asks the service to stop and starts it no more.</summary>
    public void Stop() => _stop.Cancel();

    /// <summary>Kills the service if it still runs; starts it no more.</summary>
    public void Kill()
    {
        _stop.Cancel();
        _kill.Cancel();
    }

    public void Dispose()
    {
        _http.Dispose();
        _stop.Dispose();
        _kill.Dispose();
    }

    private async Task KeepRunningAsync()
    {
        for (var restarts = 0; ; restarts++)
        {
            var started = Stopwatch.GetTimestamp();
            var (health, end, lines) = await RunOnceAsync();
            if (_stop.IsCancellationRequested)
                return;
            if (!_healthy.Task.IsCompletedSuccessfully)
                throw NeverHealthy(health, end, lines);
            if (health == Health.Healthy && Stopwatch.GetElapsedTime(started) >= options.StableAfter)
                restarts = 0;
            if (restarts == options.MaxRestarts)
            {
                log.Say($"{Name} ended again ({end}) after {restarts} restarts and is left as it is. "
                    + "The other services go on; its log above says why it ended.");
                return;
            }

            var delay = options.RestartDelay * Math.Pow(2, restarts);
            log.Say(string.Create(CultureInfo.InvariantCulture,
                $"{Name} ended unexpectedly ({end}): restart {restarts + 1} of {options.MaxRestarts} "
                + $"in {delay.TotalSeconds:0.##} s."));
            await Task.Delay(delay, _stop.Token);
        }
    }

    // One life of the process: whether it became healthy, how it ended, and what it said before it was stopped.
    private async Task<(Health Health, string End, string[] Lines)> RunOnceAsync()
    {
        lock (_lastLines)
            _lastLines.Clear();
        var instanceId = Guid.NewGuid().ToString("N")[..8];
        var environment = ServiceEnvironment.For(resource, Environment.GetEnvironmentVariables(), instanceId);
        using var process = ServiceProcess.Start(resource, environment, OnLine);
        var health = await WaitUntilHealthyAsync(process);
        if (health == Health.Healthy)
        {
            if (_healthy.TrySetResult())
                log.Say($"{Name} is healthy (pid {process.Id}).");
            else
                log.Say($"{Name} is healthy again (pid {process.Id}).");
            await Task.WhenAny(process.Exited, UntilStopped());
        }

        if (process.Exited.IsCompleted && !_stop.IsCancellationRequested)
            await Task.WhenAny(Task.Delay(s_stopOnItsWay), UntilStopped());
        string[] lines;
        lock (_lastLines)
            lines = [.. _lastLines];
        if (!process.Exited.IsCompleted && await process.StopAsync(options.StopTimeout, _kill.Token))
            log.Say($"{Name} was killed{(_kill.IsCancellationRequested ? "" : ", as it did not stop in time")}.");
        var end = health == Health.TimedOut ? "not healthy in time" : ServiceProcess.Describe(await process.Exited);
        return (health, end, lines);
    }

    private async Task<Health> WaitUntilHealthyAsync(ServiceProcess process)
    {
        if (resource.HealthUri is not { } uri)
            return Health.Healthy;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        timeout.CancelAfter(options.HealthTimeout);
        try
        {
            while (!process.Exited.IsCompleted)
            {
                if (await AnswersAsync(uri, timeout.Token))
                    return Health.Healthy;
                await Task.WhenAny(process.Exited, Task.Delay(s_poll, timeout.Token));
                timeout.Token.ThrowIfCancellationRequested();
            }

            return Health.Ended;
        }
        catch (OperationCanceledException)
        {
            return Health.TimedOut;
        }
    }

    private async Task<bool> AnswersAsync(Uri uri, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _http.GetAsync(uri, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // It does not listen yet.
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false; // It took the call and does not answer.
        }
    }

    private Task UntilStopped() => Task.Delay(Timeout.Infinite, _stop.Token);

    private void OnLine(string line)
    {
        lock (_lastLines)
        {
            if (_lastLines.Count == LastLines)
                _lastLines.Dequeue();
            _lastLines.Enqueue(line);
        }

        log.Write(Name, line);
    }

    private DistributedApplicationException NeverHealthy(Health health, string end, string[] lines)
    {
        var what = health == Health.TimedOut
            ? string.Create(CultureInfo.InvariantCulture,
                $"{Name} was not healthy in {options.HealthTimeout.TotalSeconds:0.##} s ({resource.HealthUri})")
            : $"{Name} ended before it was healthy ({end})";
        return new DistributedApplicationException(lines.Length == 0
            ? $"{what}; it printed nothing."
            : $"{what}. Its last {lines.Length} lines:{Environment.NewLine}"
                + string.Join(Environment.NewLine, lines.Select(line => $"  {Name} | {line}")));
    }
}
