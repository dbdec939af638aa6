using System.Diagnostics;
using Platform.Collectives;

namespace Platform.TrainerHost.Worker.Ranks;

/// <summary>The <c>mpiexec</c> of this machine, and its ways.</summary>
/// <param name="Path">The program.</param>
/// <param name="IsOpenMpi">Open MPI's; else MPICH's or that of one of its kin.</param>
internal sealed record MpiPrograms(string Path, bool IsOpenMpi)
{
    /// <summary>Set to <c>mpich</c> or <c>openmpi</c> to use that one where both are installed.</summary>
    public const string ChoiceVariable = "PLATFORM_MPI";

    private static readonly string[] s_mpich = ["mpiexec.hydra", "mpiexec.mpich"];
    private static readonly string[] s_openMpi = ["mpiexec.openmpi", "orterun"];

    /// <summary>Finds one, MPICH's first.</summary>
    /// <exception cref="LibraryMissingException">None is installed; names the packages.</exception>
    public static MpiPrograms Find()
    {
        var choice = Environment.GetEnvironmentVariable(ChoiceVariable);
        var found = (choice == "openmpi" ? null : Search(s_mpich) is { } mpich ? new MpiPrograms(mpich, false) : null)
            ?? (choice == "mpich" ? null : Search(s_openMpi) is { } open ? new MpiPrograms(open, true) : null)
            ?? (Search(["mpiexec"]) is { } other ? Ask(other, choice) : null);
        return found ?? throw new LibraryMissingException(
            "Training on more than one rank needs MPI, and there is no mpiexec in PATH"
            + (choice is null ? "" : $" that is {choice}'s ({ChoiceVariable})")
            + ". Install the package mpich or openmpi-bin (Debian, Ubuntu: apt install mpich).");
    }

    /// <summary>The command that starts ranks.</summary>
    /// <param name="ranks">How many.</param>
    /// <param name="hosts">A file of machines; null: this one.</param>
    /// <param name="variables">Variables that ranks on other machines need too.</param>
    /// <param name="command">What each rank runs.</param>
    public IReadOnlyList<string> Command(
        int ranks, string? hosts, IEnumerable<string> variables, IReadOnlyList<string> command)
    {
        string[] count = ["-n", ranks.ToString(System.Globalization.CultureInfo.InvariantCulture)];
        return IsOpenMpi
            ? [
                Path, .. count, "--oversubscribe", "--bind-to", "none",
                .. hosts is null ? Array.Empty<string>() : ["--hostfile", hosts],
                .. variables.SelectMany(name => new[] { "-x", name }), .. command,
            ]
            : [Path, .. count, .. hosts is null ? Array.Empty<string>() : ["-f", hosts], .. command];
    }

    private static string? Search(string[] names) => names
        .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
            .Where(folder => folder.Length > 0)
            .Select(folder => System.IO.Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    private static MpiPrograms? Ask(string path, string? choice)
    {
        using var process = Process.Start(
            new ProcessStartInfo(path, "--version") { RedirectStandardOutput = true, UseShellExecute = false })!;
        var isOpenMpi = process.StandardOutput.ReadToEnd().Contains("Open", StringComparison.Ordinal);
        process.WaitForExit();
        return choice is null || choice == (isOpenMpi ? "openmpi" : "mpich") ? new MpiPrograms(path, isOpenMpi) : null;
    }
}
