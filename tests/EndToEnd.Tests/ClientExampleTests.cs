using Platform.Contracts.Inference.V1;
using Platform.EndToEnd.Tests.Suite;

namespace Platform.EndToEnd.Tests;

/// <summary>The examples in clients/, as their READMEs say to run them.</summary>
public sealed class ClientExampleTests(QuickstartFixture fixture)
{
    private const string Prompt = "Emma had a duck called Patch.";

    [Fact]
    public async Task Python_Example_StreamsAGeneration()
    {
        const string Python = "/usr/bin/python3";
        var folder = Path.Combine(RepositoryRoot.Path, "clients", "python");
        var imports = await Programs.RunAsync(Python, ["-c", "import grpc, google.protobuf"]);
        Assert.SkipUnless(
            imports.ExitCode == 0 && File.Exists("/usr/bin/grpc_python_plugin"),
            "Needs python3-grpcio, python3-protobuf and protobuf-compiler-grpc.");
        var stubs = await Programs.RunAsync(Python, ["make_stubs.py"], folder);
        Assert.True(stubs.ExitCode == 0, stubs.ToString());

        var result = await Programs.RunAsync(Python, ["generate.py", .. Arguments()], folder);

        await ExpectTextAsync(result);
    }

    [Fact]
    public async Task Node_Example_StreamsAGeneration()
    {
        var folder = Path.Combine(RepositoryRoot.Path, "clients", "node");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(folder, "node_modules", "@grpc", "grpc-js")),
            "Needs 'npm install' in clients/node.");

        var result = await Programs.RunAsync("/usr/bin/env", ["node", "generate.mjs", .. Arguments()], folder);

        await ExpectTextAsync(result);
    }

    private string[] Arguments() =>
    [
        "--address", new Uri(fixture.Suite.Address("inference")).Authority, "--model", $"runs/{fixture.Id}",
        "--prompt", Prompt, "--max-tokens", "20", "--temperature", "0",
    ];

    // The likeliest text, as the service gives it to a .NET caller: how long it is depends on the model alone.
    private async Task ExpectTextAsync(ProcessResult result)
    {
        var expected = await new InferenceService.InferenceServiceClient(fixture.Suite.Channel("inference"))
            .GenerateAsync(
                new GenerateRequest
                {
                    Model = $"runs/{fixture.Id}",
                    Prompt = Prompt,
                    Sampling = new SamplingParameters { Temperature = 0, MaxTokens = 20 },
                },
                cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.NotEmpty(expected.TokenIds);
        Assert.Equal(expected.Text.Trim(), result.Output.Trim());
        Assert.Contains($"{expected.TokenIds.Count} tokens", result.Error, StringComparison.Ordinal);
    }
}
