using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace Platform.AppHost.Tests;

/// <summary>
/// A repository of its own: the real AppHost around services that do nothing, a package feed, and a package cache.
/// Built once, in the local flavour.
/// </summary>
public sealed class AspireTree : IAsyncLifetime
{
    private const string Version = "13.5.2";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private static readonly string[] s_services =
        ["Tokenizer.Service", "Trainer.Service", "Eval.Service", "Inference.Service", "Dashboard", "Cli"];

    private static readonly string s_dotnet = Path.GetFullPath(
        Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    private readonly TempFolder _folder = new();

    /// <summary>Written by a look for Aspire that found none.</summary>
    public string UnavailableFile => _folder["AppHost/obj/aspire-unavailable"];

    public async ValueTask InitializeAsync()
    {
        CopySources("AppHost");
        CopySources("AppHost.Local");
        await WriteAsync("Platform.sln", "");
        await WriteAsync("Directory.Build.props", """
            <Project>
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <UseAppHost Condition="'$(MSBuildProjectName)' != 'AppHost'">false</UseAppHost>
              </PropertyGroup>
            </Project>
            """);
        foreach (var service in s_services)
        {
            var name = service == "Cli" ? "<AssemblyName>platform</AssemblyName>" : "";
            await WriteAsync($"{service}/{service}.csproj", $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><OutputType>Exe</OutputType>{name}</PropertyGroup>
                </Project>
                """);
            await WriteAsync($"{service}/Program.cs", service == "Cli"
                ? """Console.WriteLine($"cli: {string.Join(' ', args)}"); return 7;"""
                : "return 0;");
        }

        await UseSourceAsync(_folder["empty"]);
        var (code, output) = await DotnetAsync(["build", "AppHost", "-nodeReuse:false"]);
        Assert.True(code == 0, output);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Forgets what an earlier test found, and sets the only package source.</summary>
    public async Task ResetAsync(string source)
    {
        File.Delete(UnavailableFile);
        foreach (var folder in (string[])["cache", "feed", "AppHost/obj/aspire", "AppHost/bin/aspire"])
        {
            if (Directory.Exists(_folder[folder]))
                Directory.Delete(_folder[folder], recursive: true);
        }

        await UseSourceAsync(source);
    }

    /// <summary>A feed without a single package.</summary>
    public Task ResetToEmptyFeedAsync() => ResetAsync(_folder["empty"]);

    /// <summary>A feed that has the stand-in for Aspire.</summary>
    /// <param name="more">Appended to the stand-in's code.</param>
    public async Task ResetToFeedWithAspireAsync(string more = "")
    {
        await ResetAsync(_folder["feed"]);
        Directory.CreateDirectory(_folder["feed"]);
        var standIn = Path.Combine(AppContext.BaseDirectory, "StandInAspire");
        Pack("Aspire.AppHost.Sdk", new()
        {
            ["Sdk/Sdk.props"] = await File.ReadAllTextAsync(Path.Combine(standIn, "Sdk.props")),
            ["Sdk/Sdk.targets"] = await File.ReadAllTextAsync(Path.Combine(standIn, "Sdk.targets")),
            ["Sdk/Aspire.cs"] = await File.ReadAllTextAsync(Path.Combine(standIn, "Aspire.cs")) + more,
        });
        Pack("Aspire.Hosting.AppHost", new() { ["build/_._"] = "" });
    }

    /// <summary>Starts the built program of the local flavour.</summary>
    internal Process Start(string[] arguments, Dictionary<string, string>? environment = null) =>
        Start(_folder["AppHost/bin/local/Debug/net10.0/AppHost"], arguments, environment);

    /// <summary>Runs the built program of the local flavour to its end.</summary>
    internal async Task<(int Code, string Output)> RunAsync(
        string[] arguments, Dictionary<string, string>? environment = null)
    {
        using var process = Start(arguments, environment);
        return await EndAsync(process);
    }

    /// <summary>What the project file evaluates a property to.</summary>
    internal async Task<string> PropertyAsync(string name, params string[] arguments)
    {
        var (code, output) = await DotnetAsync(["msbuild", "AppHost", $"-getProperty:{name}", .. arguments]);
        Assert.True(code == 0, output);
        return output.Trim();
    }

    private async Task<(int Code, string Output)> DotnetAsync(string[] arguments)
    {
        using var process = Start(s_dotnet, arguments, null);
        return await EndAsync(process);
    }

    private static async Task<(int Code, string Output)> EndAsync(Process process)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(s_patience);
        var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
        var errors = process.StandardError.ReadToEndAsync(timeout.Token);
        await process.WaitForExitAsync(timeout.Token);
        return (process.ExitCode, await output + await errors);
    }

    private Process Start(string program, string[] arguments, Dictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What the run of the tests was told must not decide here.
        foreach (var name in (string[])["UseAspire", "CI", "Platform__DataRoot"])
            start.Environment.Remove(name);
        start.Environment["NUGET_PACKAGES"] = _folder["cache"];
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private void CopySources(string project)
    {
        var source = Path.Combine(RepositoryRoot.Path, project);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(source, file);
            if (path.StartsWith("bin", StringComparison.Ordinal) || path.StartsWith("obj", StringComparison.Ordinal))
                continue;
            var copy = _folder[$"{project}/{path}"];
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private async Task UseSourceAsync(string source)
    {
        if (!source.StartsWith("http", StringComparison.Ordinal))
            Directory.CreateDirectory(source);
        await WriteAsync("NuGet.config", $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="only" value="{source}" allowInsecureConnections="true" />
              </packageSources>
            </configuration>
            """);
    }

    private async Task WriteAsync(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        await File.WriteAllTextAsync(_folder[path], text);
    }

    private void Pack(string id, Dictionary<string, string> files)
    {
        files[$"{id}.nuspec"] = $"""
            <?xml version="1.0" encoding="utf-8"?>
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
              <metadata>
                <id>{id}</id>
                <version>{Version}</version>
                <authors>tests</authors>
                <description>Stands in for {id} in tests.</description>
                <packageTypes>
                  <packageType name="{(id.EndsWith("Sdk", StringComparison.Ordinal) ? "MSBuildSdk" : "Dependency")}" />
                </packageTypes>
              </metadata>
            </package>
            """;
        using var package = ZipFile.Open(_folder[$"feed/{id}.{Version}.nupkg"], ZipArchiveMode.Create);
        foreach (var (name, text) in files)
        {
            using var writer = new StreamWriter(package.CreateEntry(name).Open(), new UTF8Encoding(false));
            writer.Write(text);
        }
    }
}
