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

        ExpectText(result);
    }

    [Fact]
    public async Task Node_Example_StreamsAGeneration()
    {
        var folder = Path.Combine(RepositoryRoot.Path, "clients", "node");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(folder, "node_modules", "@grpc", "grpc-js")),
            "Needs 'npm install' in clients/node.");

        var result = await Programs.RunAsync("/usr/bin/env", ["node", "generate.mjs", .. Arguments()], folder);

        ExpectText(result);
    }

    private string[] Arguments() =>
    [
        "--address", new Uri(fixture.Suite.Address("inference")).Authority, "--model", $"runs/{fixture.Id}",
        "--prompt", Prompt, "--max-tokens", "20",
    ];

    private static void ExpectText(ProcessResult result)
    {
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.True(result.Output.Trim().Length > 20, result.ToString());
    }
}
