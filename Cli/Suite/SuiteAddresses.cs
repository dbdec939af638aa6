using System.Text.Json;

namespace Platform.Cli.Suite;

/// <summary>Where the suite's services listen, and how that was found out.</summary>
/// <param name="Tokenizer">gRPC address of Tokenizer.Service.</param>
/// <param name="Trainer">gRPC address of Trainer.Service.</param>
/// <param name="Eval">gRPC address of Eval.Service.</param>
/// <param name="Inference">gRPC address of Inference.Service.</param>
/// <param name="Dashboard">Address of the Dashboard; null where unknown.</param>
/// <param name="Source">For messages: what named these addresses.</param>
internal sealed record SuiteAddresses(
    Uri Tokenizer, Uri Trainer, Uri Eval, Uri Inference, Uri? Dashboard, string Source)
{
    private static readonly string[] s_services = ["tokenizer", "trainer", "eval", "inference"];

    /// <summary>
    /// By <c>--suite FILE</c>; else by PLATFORM_{TOKENIZER,TRAINER,EVAL,INFERENCE}_URL, all four; else by
    /// <c>suite.json</c> in the data root (PLATFORM_DATA_ROOT, or <c>data</c> in this folder or one above it).
    /// </summary>
    /// <exception cref="SuiteException">
    /// No suite was found, its file cannot be read, or only some of the addresses are set.
    /// </exception>
    public static SuiteAddresses Find(string? suiteFile) => Find(suiteFile, Environment.GetEnvironmentVariable);

    /// <summary>As <see cref="Find(string?)"/>, with other variables than the environment's.</summary>
    public static SuiteAddresses Find(string? suiteFile, Func<string, string?> variable)
    {
        if (suiteFile is not null)
            return FromFile(suiteFile);
        var urls = s_services.ToDictionary(
            service => service, service => variable(VariableOf(service)));
        var missing = s_services.Where(service => string.IsNullOrWhiteSpace(urls[service])).ToList();
        if (missing.Count == 0)
            return Create(service => Parse(urls[service]!, VariableOf(service)), null, "the PLATFORM_…_URL variables");
        if (missing.Count < s_services.Length)
        {
            throw new SuiteException(
                $"Of four addresses {string.Join(" and ", missing.Select(VariableOf))} "
                + $"{(missing.Count == 1 ? "is" : "are")} not set. Set all four, or none and name the suite's file by "
                + "--suite.");
        }

        var candidates = Candidates(variable).ToList();
        var found = candidates.FirstOrDefault(File.Exists)
            ?? throw new SuiteException(
                "No running suite was found: there is no " + string.Join(" and no ", candidates.Take(2))
                + ". Start one with 'dotnet run --project AppHost', or name its file by --suite.");
        return FromFile(found);
    }

    private static string VariableOf(string service) => $"PLATFORM_{service.ToUpperInvariant()}_URL";

    private static Uri Parse(string url, string variable) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            ? address
            : throw new SuiteException($"{variable} is '{url}': an address like http://localhost:5101 is needed.");

    private static IEnumerable<string> Candidates(Func<string, string?> variable)
    {
        if (variable("PLATFORM_DATA_ROOT") is { Length: > 0 } root)
        {
            yield return Path.Combine(Path.GetFullPath(root), "suite.json");
            yield break;
        }

        for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
            yield return Path.Combine(folder.FullName, "data", "suite.json");
    }

    private static SuiteAddresses FromFile(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(file));
            var root = document.RootElement;
            Uri? dashboard = root.TryGetProperty("dashboard", out var entry)
                ? new Uri(entry.GetProperty("http").GetString()!)
                : null;
            return Create(
                service => new Uri(root.GetProperty(service).GetProperty("grpc").GetString()!), dashboard, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SuiteException($"The suite's file cannot be read: {e.Message}");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException
            or UriFormatException or ArgumentNullException)
        {
            throw new SuiteException($"'{file}' is no suite file: {e.Message}");
        }
    }

    private static SuiteAddresses Create(Func<string, Uri> address, Uri? dashboard, string source) => new(
        address("tokenizer"), address("trainer"), address("eval"), address("inference"), dashboard, source);
}
