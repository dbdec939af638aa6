using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Platform.AppHost.Processes;

namespace Platform.AppHost;

/// <summary>
/// Tries to restore and build the Aspire flavour, once a day, so that a newcomer gets Aspire wherever its packages can
/// be had. Whatever goes wrong, the local runner runs.
/// </summary>
internal sealed partial class AspireSearch(string unavailableFile, TimeProvider time)
{
    private static readonly TimeSpan s_again = TimeSpan.FromDays(1);

    // A source that lacks the package answers in a second, one that cannot be reached in twelve. Where the packages
    // are to be had they are some hundred megabytes.
    private static readonly TimeSpan s_restorePatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan s_buildPatience = TimeSpan.FromSeconds(180);

    /// <summary>Why Aspire is not looked for; null where nothing speaks against it.</summary>
    public string? Forbidden()
    {
        var use = Environment.GetEnvironmentVariable("UseAspire");
        if (string.Equals(use, "false", StringComparison.OrdinalIgnoreCase))
            return "UseAspire=false was given";
        if (string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
            return "CI=true, where Aspire is not looked for";
        if (!File.Exists(unavailableFile))
            return null;
        var looked = new DateTimeOffset(File.GetLastWriteTimeUtc(unavailableFile), TimeSpan.Zero);
        if (time.GetUtcNow() - looked >= s_again || time.GetUtcNow() < looked)
            return null;
        return string.Create(CultureInfo.InvariantCulture,
            $"Aspire {File.ReadAllText(unavailableFile).Trim()} at {looked:yyyy-MM-dd HH:mm} UTC "
            + $"(next look a day later, or now after deleting {unavailableFile})");
    }

    /// <summary>Looks for Aspire.</summary>
    /// <returns>Why the local runner is to run; null where the Aspire flavour is built and ready.</returns>
    public async Task<string?> RunAsync(CancellationToken cancellationToken)
    {
        var seconds = s_restorePatience.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        await Console.Error.WriteLineAsync(
            $"Looking for Aspire {BuildInfo.AspireVersion} "
            + $"(once a day, at most {seconds} s; UseAspire=false: never) …");
        var problem =
            await TryAsync(
                ["restore", "-p:UseAspire=true"], "could not be restored", s_restorePatience, cancellationToken)
            ?? await TryAsync(
                ["build", "--no-restore", "-c", BuildInfo.Configuration, "-p:UseAspire=true"],
                "was restored but AppHost did not build with it", s_buildPatience, cancellationToken);
        if (problem is null)
        {
            File.Delete(unavailableFile);
            return null;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(unavailableFile)!);
        await File.WriteAllTextAsync(unavailableFile, problem + "\n", CancellationToken.None);
        return $"Aspire {problem}";
    }

    /// <summary>Runs the Aspire flavour with this terminal until it ends.</summary>
    /// <returns>Its exit code.</returns>
    public static async Task<int> HandOverAsync(string[] args, CancellationToken stop)
    {
        var start = Dotnet(
            ["run", "--no-build", "-c", BuildInfo.Configuration, "-p:UseAspire=true", "--project",
                BuildInfo.ProjectDirectory, "--", .. args]);
        using var process = Process.Start(start) ?? throw new SuiteException("dotnet could not be started.");
        // Ctrl-C reaches the child by itself; a SIGTERM to this process does not.
        await using (stop.Register(() => ChildProcess.Terminate(process)))
            await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode;
    }

    private static async Task<string?> TryAsync(
        string[] arguments, string failure, TimeSpan patience, CancellationToken cancellationToken)
    {
        var start = Dotnet([arguments[0], BuildInfo.ProjectDirectory, .. arguments[1..], "-nodeReuse:false"]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Process.Start(start) ?? throw new SuiteException("dotnet could not be started.");
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var errors = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            if (process.ExitCode == 0)
                return null;
            return $"{failure}: {FirstError(await output + await errors)}";
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            return $"{failure} in {patience.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s";
        }
    }

    // Of "path(1,2): error NU1101: A sentence. More. [project]" the code and the first sentence.
    private static string FirstError(string output)
    {
        var match = ErrorLine().Match(output);
        return match.Success ? $"{match.Groups["code"].Value}{match.Groups["text"].Value}".Trim() : "no message";
    }

    [GeneratedRegex(@"error (?<code>[A-Z]+[0-9]+: )?(: )?(?<text>.+?)(\. |\.?\s*( \[|$))", RegexOptions.Multiline)]
    private static partial Regex ErrorLine();

    private static ProcessStartInfo Dotnet(string[] arguments)
    {
        var start = new ProcessStartInfo(ChildProcess.DotnetPath) { UseShellExecute = false };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        // Left by the dotnet run that this program was started by; they would decide for the next one.
        foreach (var name in (string[])["DOTNET_LAUNCH_PROFILE", "ASPNETCORE_URLS", "UseAspire"])
            start.Environment.Remove(name);
        return start;
    }
}
