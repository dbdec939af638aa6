using System.Globalization;
using Platform.Workers;

namespace Platform.EvalHost.Worker;

/// <summary>
/// <c>Eval.Service worker --evaluation folder --data-root folder --attempt n</c>: grades one evaluation's items. Exit
/// code 0: all is graded; 1: failed; 2: wrong arguments; 75: ended as it was told to.
/// </summary>
internal static class WorkerVerb
{
    private const int WrongArguments = 2;

    /// <summary>Runs the verb.</summary>
    public static int Run(string[] args)
    {
        var options = new Dictionary<string, string>();
        for (var i = 0; i + 1 < args.Length; i += 2)
            options[args[i]] = args[i + 1];
        if (args.Length != 6
            || !options.TryGetValue("--evaluation", out var folder)
            || !options.ContainsKey("--data-root")
            || !options.TryGetValue("--attempt", out var text)
            || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var attempt))
        {
            Console.Error.WriteLine(
                "usage: Eval.Service worker --evaluation <folder> --data-root <data root> --attempt <n>");
            return WrongArguments;
        }

        using var stop = new StopRequest().ListenToSignals().WatchAppHost(TimeProvider.System);
        return (int)new EvaluationWorker(folder, attempt, Console.Out, TimeProvider.System).Run(stop);
    }
}
