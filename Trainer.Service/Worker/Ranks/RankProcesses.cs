using System.ComponentModel;
using System.Diagnostics;
using Platform.Workers;

namespace Platform.TrainerHost.Worker.Ranks;

/// <summary>Processes that belong together, in this process's group and with its output: all of them end with one.
/// </summary>
internal sealed class RankProcesses : IDisposable
{
    private readonly List<Process> _processes = [];

    /// <summary>Starts one more.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="variables">On top of this process's; null removes one.</param>
    /// <exception cref="IOException">It cannot be started.</exception>
    public void Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string?> variables)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        try
        {
            _processes.Add(Process.Start(start)!);
        }
        catch (Win32Exception e)
        {
            throw new IOException($"'{command[0]}' cannot be started: {e.Message}", e);
        }
    }

    /// <summary>Asks all to save and end.</summary>
    public void AskToStop()
    {
        foreach (var process in _processes.Where(process => !process.HasExited))
            ProcessSignal.Send(process.Id, ProcessSignal.Stop);
    }

    /// <summary>Waits until all have ended; where one ends badly, the others are ended.</summary>
    /// <returns>The first code that is not 0, else 0.</returns>
    public int WaitForEnd()
    {
        var worst = 0;
        var waits = _processes.Select(process => process.WaitForExitAsync()).ToList();
        while (waits.Count > 0)
        {
            var ended = Task.WaitAny([.. waits]);
            waits.RemoveAt(ended);
            var code = _processes[ended].ExitCode;
            _processes[ended].Dispose();
            _processes.RemoveAt(ended);
            if (code != 0 && worst == 0)
                worst = code;
            if (code is not (WorkerProgram.FinishedExitCode or WorkerProgram.StoppedExitCode))
                EndAll();
        }

        return worst;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        EndAll();
        _processes.ForEach(process => process.Dispose());
    }

    private void EndAll()
    {
        foreach (var process in _processes.Where(process => !process.HasExited))
            ProcessSignal.Send(process.Id, ProcessSignal.Kill);
    }
}
