using System.Diagnostics;

namespace Platform.AppHost.Tests;

/// <summary>
/// The three steps by which Aspire or the local runner is chosen, with a stand-in for Aspire's packages. The argument
/// that nobody knows ends the local flavour right after its first line.
/// </summary>
public sealed class AspireChoiceTests(AspireTree tree) : IClassFixture<AspireTree>
{
    private static readonly string[] s_end = ["--end"];

    [Fact]
    public async Task Start_UseAspireFalse_RunsLocallyWithoutALook()
    {
        await tree.ResetToEmptyFeedAsync();

        var (code, output) = await tree.RunAsync(s_end, new() { ["UseAspire"] = "false" });

        Assert.Equal(1, code);
        Assert.StartsWith(
            "Orchestrator: the local runner, because UseAspire=false was given. "
            + "For Aspire: dotnet run --project AppHost -p:UseAspire=true", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Looking for Aspire", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_ContinuousIntegration_RunsLocallyWithoutALook()
    {
        await tree.ResetToEmptyFeedAsync();

        var (_, output) = await tree.RunAsync(s_end, new() { ["CI"] = "true" });

        Assert.StartsWith("Orchestrator: the local runner, because CI=true", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Looking for Aspire", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_FeedWithoutAspire_RunsLocallyAndRemembersForADay()
    {
        await tree.ResetToEmptyFeedAsync();

        var (_, first) = await tree.RunAsync(s_end);
        var (_, second) = await tree.RunAsync(s_end);
        File.SetLastWriteTimeUtc(tree.UnavailableFile, DateTime.UtcNow.AddHours(-25));
        var (_, nextDay) = await tree.RunAsync(s_end);

        Assert.StartsWith(
            "Orchestrator: the local runner, because Aspire could not be restored: Could not resolve SDK "
            + "\"Aspire.AppHost.Sdk\". For Aspire: ", first,
            StringComparison.Ordinal);
        Assert.Contains("Looking for Aspire 13.5.2", first, StringComparison.Ordinal);
        Assert.DoesNotContain("Looking for Aspire", second, StringComparison.Ordinal);
        Assert.Contains("(next look a day later", second, StringComparison.Ordinal);
        Assert.Contains("Looking for Aspire 13.5.2", nextDay, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_FeedUnreachable_RunsLocally()
    {
        await tree.ResetAsync("http://127.0.0.1:9/index.json");

        var (_, output) = await tree.RunAsync(s_end);

        Assert.StartsWith(
            "Orchestrator: the local runner, because Aspire could not be restored", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_FeedWithAspire_HandsOverAndTheNextBuildIsAspire()
    {
        await tree.ResetToFeedWithAspireAsync();
        Assert.Equal("false", await tree.PropertyAsync("UseAspire"));
        using var data = new TempFolder();

        var (code, output) = await tree.RunAsync(
            ["--quickstart", "--exit", "--data-root", data.Path, "--operation", "run"]);

        Assert.Contains("Orchestrator: Aspire 13.5.2, because UseAspire=true was given. "
            + "For the local runner: UseAspire=false", output, StringComparison.Ordinal);
        Assert.Contains("stand-in Aspire got: --operation run", output, StringComparison.Ordinal);
        Assert.Contains($"cli: quickstart --suite {data["suite.json"]}", output, StringComparison.Ordinal);
        Assert.Equal(7, code);
        Assert.False(File.Exists(tree.UnavailableFile));
        // Its packages are in the cache from now on.
        Assert.Equal("true", await tree.PropertyAsync("UseAspire"));
        Assert.Equal("Aspire 13.5.2 is in the NuGet cache", await tree.PropertyAsync("OrchestratorReason"));
        Assert.Equal("false", await tree.PropertyAsync("UseAspire", "-p:UseAspire=false"));
    }

    [Fact]
    public async Task HandOver_Sigterm_StopsTheOtherFlavourInOrder()
    {
        await tree.ResetToFeedWithAspireAsync();
        using var data = new TempFolder();
        using var process = tree.Start(["--data-root", data.Path]);
        var output = new List<string>();
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            output.Add(line);
            if (!line.StartsWith("Dashboard: ", StringComparison.Ordinal))
                continue;
            using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Contains("stand-in Aspire stops in order", output);
        Assert.Equal(0, process.ExitCode);
        Assert.False(File.Exists(data["suite.json"]));
    }

    [Fact]
    public async Task Start_AspireDoesNotBuild_RunsLocallyAndTheNextBuildIsLocal()
    {
        await tree.ResetToFeedWithAspireAsync(more: "\nthis is not C#\n");

        var (_, output) = await tree.RunAsync(s_end);

        Assert.StartsWith(
            "Orchestrator: the local runner, because Aspire was restored but AppHost did not build with it: CS",
            output, StringComparison.Ordinal);
        // Its packages are in the cache now, and would make every next build fail.
        Assert.Equal("false", await tree.PropertyAsync("UseAspire"));
    }
}
