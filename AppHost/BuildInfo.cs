using System.Reflection;

namespace Platform.AppHost;

/// <summary>What the project file knew when this program was built.</summary>
internal static class BuildInfo
{
    private static readonly Dictionary<string, string?> s_metadata = typeof(BuildInfo).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .GroupBy(a => a.Key)
        .ToDictionary(a => a.Key, a => a.Last().Value);

    /// <summary>Why this orchestrator was compiled in; empty where nothing spoke for either.</summary>
    public static string OrchestratorReason => s_metadata.GetValueOrDefault("OrchestratorReason") ?? "";

    /// <summary>The version of Aspire that the project asks for.</summary>
    public static string AspireVersion => s_metadata["AspireVersion"]!;

    /// <summary>Exists after a look for Aspire that found none; its content is the reason.</summary>
    public static string AspireUnavailableFile => s_metadata["AspireUnavailableFile"]!;

    /// <summary>The folder of the project file.</summary>
    public static string ProjectDirectory => s_metadata["ProjectDirectory"]!;

    /// <summary>Debug or Release.</summary>
    public static string Configuration => s_metadata["Configuration"]!;

    /// <summary>The built Cli.</summary>
    public static string Cli => s_metadata["Cli"]!;
}
