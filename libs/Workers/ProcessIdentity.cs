using System.Globalization;
using System.Text;

namespace Platform.Workers;

/// <summary>
/// A process, told apart from a later one with the same id by its start time.
/// </summary>
/// <param name="Pid">Process id.</param>
/// <param name="StartTicks">Clock ticks from boot to its start: field 22 of <c>/proc/{pid}/stat</c>.</param>
public readonly record struct ProcessIdentity(int Pid, long StartTicks)
{
    /// <summary>This process.</summary>
    public static ProcessIdentity Current { get; } = Of(Environment.ProcessId)
        ?? throw new PlatformNotSupportedException("Worker processes need Linux with /proc mounted.");

    /// <summary>The process that has this id now; null where none has, or where it has ended unreaped.</summary>
    public static ProcessIdentity? Of(int pid) => TryReadStat(pid, out var ticks) ? new(pid, ticks) : null;

    /// <summary>Whether this very process still runs; false for one that has ended and waits to be reaped.</summary>
    public bool IsAlive => TryReadStat(Pid, out var ticks) && ticks == StartTicks;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Pid}@{StartTicks}");

    private static bool TryReadStat(int pid, out long startTicks)
    {
        startTicks = 0;
        string stat;
        try
        {
            stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"), Encoding.Latin1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It does not exist, or ended while it was read (ESRCH).
            return false;
        }

        // The second field is the command's name in parentheses; it may hold spaces and parentheses itself.
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        const int state = 0, ticks = 19;
        return fields.Length > ticks
            && fields[state] is not ("Z" or "X" or "x")
            && long.TryParse(fields[ticks], NumberStyles.None, CultureInfo.InvariantCulture, out startTicks);
    }
}
