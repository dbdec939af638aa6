namespace Platform.EndToEnd.Tests.Suite;

/// <summary>Where the programs under test were built to: the same configuration as these tests.</summary>
internal static class Outputs
{
    private static readonly string s_configuration =
        AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";

    public static string AppHost => Find("AppHost", "bin", "local", s_configuration, "net10.0", "AppHost");

    public static string Cli => Find("Cli", "bin", s_configuration, "net10.0", "platform");

    private static string Find(params string[] parts)
    {
        var path = Path.Combine([RepositoryRoot.Path, .. parts]);
        return File.Exists(path) ? path : throw new InvalidOperationException($"{path} is not built.");
    }
}
