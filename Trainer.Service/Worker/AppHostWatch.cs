using System.Globalization;

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

    private AppHostWatch(int pid, long startTicks, StopRequest stop, TimeProvider time) =>
        _timer = time.CreateTimer(
            _ =>
            {
                if (StartTicksOf(pid) != startTicks)
                    stop.Request("the suite that this worker belongs to has ended");
            },
            state: null,
            TimeSpan.Zero,
            s_interval);

    /// <summary>Begins to watch where the environment names an AppHost; else null.</summary>
    public static AppHostWatch? Start(StopRequest stop, TimeProvider time) =>
        int.TryParse(Environment.GetEnvironmentVariable(PidVariable), out var pid)
        && long.TryParse(Environment.GetEnvironmentVariable(StartVariable), out var startTicks)
            ? new AppHostWatch(pid, startTicks, stop, time)
            : null;

    /// <summary>When a process began, in clock ticks since the machine did; null where there is none.</summary>
    internal static long? StartTicksOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            // The second field is the program's name in brackets and may hold blanks and brackets itself. Behind it
            // follow fields 3, 4 …; the start time is the 22nd.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
