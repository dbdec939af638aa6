using System.Collections;
using Platform.AppHost.Local;

namespace Platform.AppHost.Tests;

/// <summary>
/// What a service is started with, held against what Aspire 13.5.2 gives it (ProjectResourceBuilderExtensions,
/// ResourceBuilderExtensions, OtlpConfigurationExtensions of its source at that tag).
/// </summary>
public sealed class ServiceEnvironmentTests : IDisposable
{
    private const string TwoEndpoints = """
        {
          // Comments and case as configuration has them.
          "kestrel": {
            "Endpoints": {
              "grpc": { "Url": "http://localhost:6111", "Protocols": "Http2" },
              "http": { "Url": "http://*:6112", "Protocols": "Http1" },
            }
          }
        }
        """;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void For_ServiceWithReference_IsAspiresList()
    {
        var tokenizer = Resource("tokenizer", TwoEndpoints.Replace("61", "62", StringComparison.Ordinal));
        var trainer = Resource("trainer", TwoEndpoints);
        trainer.References.Add(tokenizer);
        Ports.Allocate([tokenizer, trainer]);

        var environment = ServiceEnvironment.For(trainer, new Hashtable(), "0a1b2c3d");

        Assert.Equal(
            new Dictionary<string, string>
            {
                // One override for each endpoint, on the host that the settings have.
                ["Kestrel__Endpoints__grpc__Url"] = "http://localhost:6111",
                ["Kestrel__Endpoints__http__Url"] = "http://*:6112",
                // For service discovery, and for anything else.
                ["services__tokenizer__grpc__0"] = "http://localhost:6211",
                ["services__tokenizer__http__0"] = "http://localhost:6212",
                ["TOKENIZER_GRPC"] = "http://localhost:6211",
                ["TOKENIZER_HTTP"] = "http://localhost:6212",
                ["OTEL_SERVICE_NAME"] = "trainer",
                ["OTEL_RESOURCE_ATTRIBUTES"] = "service.instance.id=0a1b2c3d",
                // Beyond Aspire's list: what a child of this runner needs.
                ["PLATFORM_STOP_ON_STDIN_EOF"] = "1",
                ["Logging__Console__FormatterName"] = "simple",
                ["Logging__Console__FormatterOptions__SingleLine"] = "true",
            },
            environment);
    }

    [Fact]
    public void For_AppHostsOwnWebSettings_AreNotPassedOn()
    {
        var resource = Resource("trainer", "{}");
        var inherited = new Hashtable
        {
            ["PATH"] = "/bin",
            ["DOTNET_ROOT"] = "/dotnet",
            ["DOTNET_gcServer"] = "0",
            ["HF_TOKEN"] = "token",
            ["ASPNETCORE_URLS"] = "http://localhost:1",
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["DOTNET_ENVIRONMENT"] = "Development",
            ["DOTNET_LAUNCH_PROFILE"] = "http",
            ["Kestrel__Endpoints__grpc__Url"] = "http://localhost:2",
            ["services__eval__grpc__0"] = "http://localhost:3",
        };

        var environment = ServiceEnvironment.For(resource, inherited, "x");

        Assert.Equal("/bin", environment["PATH"]);
        // Where the runtime is and how it runs is not the AppHost's own.
        Assert.Equal("/dotnet", environment["DOTNET_ROOT"]);
        Assert.Equal("0", environment["DOTNET_gcServer"]);
        Assert.Equal("token", environment["HF_TOKEN"]);
        string[] own =
        [
            "ASPNETCORE_URLS", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "DOTNET_LAUNCH_PROFILE",
            "Kestrel__Endpoints__grpc__Url", "services__eval__grpc__0",
        ];
        Assert.DoesNotContain(environment.Keys, own.Contains);
    }

    [Fact]
    public void For_CollectorGiven_TelemetryGoesThereByGrpc()
    {
        var resource = Resource("trainer", "{}");

        var environment = ServiceEnvironment.For(
            resource, new Hashtable { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://collector:4317" }, "x");

        Assert.Equal("http://collector:4317", environment["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        Assert.Equal("grpc", environment["OTEL_EXPORTER_OTLP_PROTOCOL"]);
    }

    [Fact]
    public void For_LaunchProfile_GivesItsEnvironmentAndName()
    {
        var resource = Resource("trainer", "{}");
        Directory.CreateDirectory(_folder["trainer/Properties"]);
        File.WriteAllText(_folder["trainer/Properties/launchSettings.json"], """
            {"profiles": {
              "iis": {"commandName": "IISExpress", "environmentVariables": {"WRONG": "1"}},
              "http": {"commandName": "Project", "applicationUrl": "http://localhost:1",
                       "environmentVariables": {"ASPNETCORE_ENVIRONMENT": "Development"}}}}
            """);

        var environment = ServiceEnvironment.For(resource, new Hashtable(), "x");

        Assert.Equal("http", environment["DOTNET_LAUNCH_PROFILE"]);
        Assert.Equal("Development", environment["ASPNETCORE_ENVIRONMENT"]);
        Assert.DoesNotContain("WRONG", environment.Keys);
    }

    [Theory]
    [InlineData("Tokenizer.Service")]
    [InlineData("Trainer.Service")]
    [InlineData("Eval.Service")]
    [InlineData("Inference.Service")]
    [InlineData("Dashboard")]
    public void For_ServiceOfTheSuite_RunsAsProduction(string project)
    {
        // Bug guarded: a launch profile made the Dashboard run as Development, with a developer's error pages and
        // scripts that browsers do not keep, while the other services ran as Production.
        var folder = Path.Combine(RepositoryRoot.Path, project);
        var resource = new ProjectResource(
            "service", new Project(Path.Combine(folder, project + ".csproj"), Path.Combine(folder, project + ".dll")));
        Ports.Allocate([resource]);
        Hashtable developer = new()
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["DOTNET_ENVIRONMENT"] = "Development",
        };

        var environment = ServiceEnvironment.For(resource, developer, "x");

        Assert.NotEmpty(resource.GetEndpoints());
        Assert.DoesNotContain(environment.Keys, name => name.EndsWith("_ENVIRONMENT", StringComparison.Ordinal));
    }

    [Fact]
    public void For_ResourcesOwnEnvironment_WinsAndNullRemoves()
    {
        var resource = Resource("trainer", "{}");
        resource.Environment.Add(new("Platform__DataRoot", "/data"));
        resource.Environment.Add(new("HF_TOKEN", null));

        var environment = ServiceEnvironment.For(
            resource, new Hashtable { ["Platform__DataRoot"] = "/other", ["HF_TOKEN"] = "token" }, "x");

        Assert.Equal("/data", environment["Platform__DataRoot"]);
        Assert.DoesNotContain("HF_TOKEN", environment.Keys);
    }

    [Fact]
    public void Endpoints_OneForAScheme_IsNamedAfterTheScheme()
    {
        var resource = Resource(
            "dashboard", """{"Kestrel": {"Endpoints": {"web": {"Url": "http://localhost:5100"}}}}""");

        Assert.Equal("http", Assert.Single(resource.GetEndpoints()).EndpointName);
    }

    [Fact]
    public void Endpoints_UrlWithoutPort_NamesFileAndKey()
    {
        var error = Assert.Throws<DistributedApplicationException>(
            () => Resource("dashboard", """{"Kestrel": {"Endpoints": {"web": {"Url": "http://localhost"}}}}"""));

        Assert.Contains("appsettings.json", error.Message, StringComparison.Ordinal);
        Assert.Contains("Kestrel:Endpoints:web:Url", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Allocate_TwoEndpointsOnOnePort_NamesBoth()
    {
        var one = Resource("one", TwoEndpoints);
        var two = Resource("two", TwoEndpoints);

        var error = Assert.Throws<DistributedApplicationException>(() => Ports.Allocate([one, two]));

        Assert.Contains("Port 6111 is asked for twice: one, endpoint grpc and two, endpoint grpc.", error.Message,
            StringComparison.Ordinal);
    }

    private ProjectResource Resource(string name, string settings)
    {
        Directory.CreateDirectory(_folder[name]);
        File.WriteAllText(_folder[$"{name}/appsettings.json"], settings);
        return new ProjectResource(name, new Project(_folder[$"{name}/{name}.csproj"], _folder[$"{name}/{name}.dll"]));
    }

    private sealed record Project(string ProjectPath, string AssemblyPath) : IProjectMetadata;
}
