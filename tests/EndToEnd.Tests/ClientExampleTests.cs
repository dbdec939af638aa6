using Platform.Contracts.Inference.V1;
using Platform.EndToEnd.Tests.Suite;

namespace Platform.EndToEnd.Tests;

/// <summary>The examples in clients/, as their READMEs say to run them.</summary>
public sealed class ClientExampleTests(QuickstartFixture fixture)
{
    private const string Prompt = "Emma had a duck called Patch.";
    private const string Python = "/usr/bin/python3";

    [Fact]
    public async Task Python_Example_StreamsAGeneration()
    {
        var folder = await PythonClientAsync();

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

    [Fact]
    public async Task Python_Pipeline_GoesFromATextToAGeneration()
    {
        var folder = await PythonClientAsync();
        using var files = new TempFolder();
        File.WriteAllText(
            files["tales.txt"],
            string.Concat(Enumerable.Range(0, 2000).Select(i => $"Emma had {i % 9} ducks and a boat called Star.\n")));
        var endings = """["a boat called Star.", "no legs.", "of the and.", "Star Star Star."]""";
        File.WriteAllText(
            files["items.jsonl"],
            string.Concat(Enumerable.Range(0, 8).Select(i =>
                $$"""{"ind": {{i}}, "activity_label": "Tale", "ctx_a": "Emma had {{i}} ducks and", "ctx_b": "","""
                + $$""" "ctx": "Emma had {{i}} ducks and", "endings": {{endings}}, "label": "0","""
                + $$""" "source_id": "t~{{i}}", "split": "val", "split_type": "indomain"}"""
                + "\n")));
        var id = "pipeline-" + Guid.NewGuid().ToString("N")[..6];

        var result = await Programs.RunAsync(
            Python,
            [
                "pipeline.py", "--suite", fixture.Suite.SuiteFile, "--text", files["tales.txt"], "--items",
                files["items.jsonl"], "--id", id, "--steps", "20", "--vocabulary", "300", "--prompt", "Emma had",
                "--max-tokens", "10",
            ],
            folder);

        Assert.True(result.ExitCode == 0, result.ToString());
        foreach (var made in (string[])[$"tokenizers/{id}", $"datasets/{id}", $"runs/{id}", $"evaluations/{id}"])
            Assert.Contains($"{made}: STATE_SUCCEEDED", result.Error, StringComparison.Ordinal);
        Assert.Contains("10 tokens", result.Error, StringComparison.Ordinal);
    }

    // The folder of the Python client, its stubs made.
    private static async Task<string> PythonClientAsync()
    {
        var folder = Path.Combine(RepositoryRoot.Path, "clients", "python");
        var imports = await Programs.RunAsync(Python, ["-c", "import grpc, google.protobuf"]);
        Assert.SkipUnless(
            imports.ExitCode == 0 && File.Exists("/usr/bin/grpc_python_plugin"),
            "Needs python3-grpcio, python3-protobuf and protobuf-compiler-grpc.");
        var stubs = await Programs.RunAsync(Python, ["make_stubs.py"], folder);
        Assert.True(stubs.ExitCode == 0, stubs.ToString());
        return folder;
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
