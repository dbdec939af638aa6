using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Platform.TrainerHost.Worker;

/// <summary>What a worker is told on its command line.</summary>
/// <param name="RunFolder">Absolute path of the run's folder.</param>
/// <param name="DataRoot">Absolute path of the data root.</param>
/// <param name="Attempt">The attempt's number, from 1; written into every record.</param>
internal sealed record WorkerArguments(string RunFolder, string DataRoot, int Attempt)
{
    internal const string Usage = "Usage: worker --run <run folder> --data-root <data root> --attempt <n>";

    /// <summary>Reads the arguments behind the verb.</summary>
    internal static bool TryParse(
        IReadOnlyList<string> args,
        [NotNullWhen(true)] out WorkerArguments? result,
        [NotNullWhen(false)] out string? error)
    {
        result = null;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Count; i += 2)
        {
            if (args[i] is not ("--run" or "--data-root" or "--attempt"))
                return Fail($"'{args[i]}' is not known.", out error);
            if (i + 1 == args.Count || args[i + 1].Length == 0)
                return Fail($"{args[i]} needs a value.", out error);
            values[args[i]] = args[i + 1];
        }

        if (!values.TryGetValue("--run", out var run))
            return Fail("--run is missing.", out error);
        if (!values.TryGetValue("--data-root", out var dataRoot))
            return Fail("--data-root is missing.", out error);
        var attempt = 1;
        if (values.TryGetValue("--attempt", out var text)
            && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out attempt) && attempt > 0))
            return Fail($"--attempt is a number from 1 on, not '{text}'.", out error);
        if (!Directory.Exists(run))
            return Fail($"There is no run folder '{run}'.", out error);
        result = new WorkerArguments(Path.GetFullPath(run), Path.GetFullPath(dataRoot), attempt);
        error = null;
        return true;
    }

    private static bool Fail(string message, out string error)
    {
        error = message;
        return false;
    }
}
