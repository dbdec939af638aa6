using System.Diagnostics;

namespace Platform.Inference.Service.Tests;

/// <summary>The examples in clients/, run as their README says.</summary>
public class ClientExampleTests
{
    private const string Python = "/usr/bin/python3";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Python_Generate_PrintsTheStreamedText()
    {
        var folder = Path.Combine(RepositoryRoot.Path, "clients", "python");
        Assert.SkipUnless(
            File.Exists(Python) && (await RunAsync(folder, Python, "-c", "import grpc, google.protobuf")).Code == 0
                && File.Exists("/usr/bin/grpc_python_plugin"),
            "Needs Debian's protobuf-compiler-grpc, python3-grpcio and python3-protobuf.");
        var stubs = await RunAsync(folder, Python, "make_stubs.py");
        Assert.True(stubs.Code == 0, stubs.Error);

        await AssertStreamsAsync(folder, Python, "generate.py");
    }

    [Fact]
    public async Task Node_Generate_PrintsTheStreamedText()
    {
        var folder = Path.Combine(RepositoryRoot.Path, "clients", "node");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(folder, "node_modules")), "Needs Node and 'npm install' in clients/node.");

        await AssertStreamsAsync(folder, "node", "generate.mjs");
    }

    /// <summary>npm's official client.</summary>
    [Fact]
    public async Task Node_Chat_AnswersStreamsAndScoresThroughOpenAisClient()
    {
        var folder = Path.Combine(RepositoryRoot.Path, "clients", "node");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(folder, "node_modules", "openai")),
            "Needs Node and 'npm install' in clients/node.");
        using var app = new InferenceApp();
        app.AddModel("a");
        var expected = await app.Client.GenerateAsync(
            new()
            {
                Model = "runs/a",
                Prompt = "User: Who runs?\nAssistant:",
                Sampling = new() { Temperature = 0, MaxTokens = 12, Stop = { "\nUser:" } },
            },
            cancellationToken: Token);
        var url = new Uri(app.Http.BaseAddress!, "v1").ToString();

        var result = await RunAsync(
            folder, "node", "chat.mjs", "--url", url,
            "--model", "runs/a", "--question", "Who runs?", "--max-tokens", "12");
        var unknown = await RunAsync(folder, "node", "chat.mjs", "--url", url, "--model", "runs/none");

        Assert.True(result.Code == 0, result.Error);
        Assert.Equal(expected.Text.Trim(), result.Output.Trim());
        Assert.Contains("streamed the same: true", result.Error, StringComparison.Ordinal);
        Assert.Contains(
            $"tokens scored: {app.Tokenizer.Encode("Who runs?").Length + 1}", result.Error, StringComparison.Ordinal);
        Assert.Equal(1, unknown.Code);
        Assert.Contains("404 model_not_found", unknown.Error, StringComparison.Ordinal);
    }

    private static async Task AssertStreamsAsync(string folder, string program, string script)
    {
        using var app = new InferenceApp();
        app.AddModel("a");
        var expected = await app.Client.GenerateAsync(
            new()
            {
                Model = "runs/a",
                Prompt = "The boy",
                Sampling = new() { Seed = 5, MaxTokens = 20, Temperature = 0.7, TopK = 40, Stop = { "never in it" } },
            },
            cancellationToken: Token);

        var result = await RunAsync(
            folder, program, script, "--address", app.Channel.Target, "--model", "runs/a", "--prompt", "The boy",
            "--seed", "5", "--max-tokens", "20", "--temperature", "0.7", "--top-k", "40", "--stop", "never in it");
        var unknown = await RunAsync(folder, program, script, "--address", app.Channel.Target, "--model", "runs/none");

        var scored = await RunAsync(
            folder, program, script, "--address", app.Channel.Target, "--model", "runs/a", "--prompt", "The boy",
            "--temperature", "0", "--max-tokens", "5", "--logprobs", "2");
        var cancelled = await RunAsync(
            folder, program, script, "--address", app.Channel.Target, "--model", "runs/a", "--prompt", "The boy",
            "--max-tokens", "60", "--seed", "5", "--cancel-after", "2");

        Assert.Equal(130, cancelled.Code);
        Assert.Contains("(cancelled)", cancelled.Error, StringComparison.Ordinal);
        Assert.True(scored.Code == 0, scored.Error);
        Assert.Contains(" -", scored.Error, StringComparison.Ordinal);
        Assert.True(result.Code == 0, result.Error);
        Assert.Equal(expected.Text.Trim(), result.Output.Trim());
        Assert.Contains("seed 5", result.Error, StringComparison.Ordinal);
        Assert.Equal(1, unknown.Code);
        Assert.Contains("NOT_FOUND: There is no run 'runs/none'.", unknown.Error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(
        string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1", ["PYTHONIOENCODING"] = "utf-8" },
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Token);
        var error = process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, await output, await error);
    }
}
