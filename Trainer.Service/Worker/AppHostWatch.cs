using Platform.Workers;

namespace Platform.TrainerHost.Worker;

/// <summary>
/// Ends the worker when the AppHost is gone: killed, it cannot send anyone a signal, and nothing may be left behind.
/// A worker that was started by hand has no AppHost and watches nobody.
/// </summary>
internal sealed class AppHostWatch : IDisposable
{
    private const string PidVariable = "PLATFORM_APPHOST_PID";
    private const string StartVariable = "PLATFORM_APPHOST_START";
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly ITimer _timer;

    private AppHostWatch(ProcessIdentity appHost, StopRequest stop, TimeProvider time) =>
        _timer = time.CreateTimer(
            _ =>
            {
                if (!appHost.IsAlive)
                    stop.Request("the suite that this worker belongs to has ended");
            },
            state: null,
            TimeSpan.Zero,
            s_interval);

    /// <summary>Begins to watch where the environment names an AppHost; else null.</summary>
    public static AppHostWatch? Start(StopRequest stop, TimeProvider time) =>
        int.TryParse(Environment.GetEnvironmentVariable(PidVariable), out var pid)
        && long.TryParse(Environment.GetEnvironmentVariable(StartVariable), out var startTicks)
            ? new AppHostWatch(new ProcessIdentity(pid, startTicks), stop, time)
            : null;

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
