using System.Diagnostics;
using Platform.AppHost.Processes;

namespace Platform.AppHost;

/// <summary>
/// Runs the Cli's quickstart as a child with this terminal, whichever orchestrator started the services.
/// </summary>
internal static class Quickstart
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>The Cli's exit code: 0 when every stage passed.</summary>
    public static async Task<int> RunAsync(string suiteFile, string dataRoot, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(ChildProcess.DotnetPath) { UseShellExecute = false };
        foreach (var argument in (string[])["exec", BuildInfo.Cli, "quickstart", "--suite", suiteFile])
            start.ArgumentList.Add(argument);
        start.Environment["Platform__DataRoot"] = dataRoot;
        using var cli = Process.Start(start) ?? throw new SuiteException($"{BuildInfo.Cli} could not be started.");
        try
        {
            await cli.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C has reached it, too; a SIGTERM to this process has not.
            ChildProcess.Terminate(cli);
            try
            {
                await cli.WaitForExitAsync(CancellationToken.None).WaitAsync(s_patience, CancellationToken.None);
            }
            catch (TimeoutException)
            {
                cli.Kill(entireProcessTree: true);
                await cli.WaitForExitAsync(CancellationToken.None);
            }
        }

        return cli.ExitCode;
    }
}
