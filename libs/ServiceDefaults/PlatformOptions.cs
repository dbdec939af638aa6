using System.ComponentModel.DataAnnotations;

namespace Platform.ServiceDefaults;

/// <summary>Settings that all services have in common: section <c>Platform</c>.</summary>
public sealed class PlatformOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Platform";

    /// <summary>
    /// The data root's folder. AppHost passes it absolute; without one it is <c>data</c> in the working folder.
    /// </summary>
    [Required]
    public string DataRoot { get; set; } = "data";

    /// <summary>Folder for SQLite indexes, always on a local disk. Default: <c>state</c> in the data root.</summary>
    public string? StateDir { get; set; }

    /// <summary>
    /// When set, every call but health needs <c>authorization: Bearer</c> with this text. At least 16 characters.
    /// </summary>
    public string? ApiKey { get; set; }

    /// <summary>Folders whose files callers may name by <c>path:</c>, beside the data root. Absolute.</summary>
    public IList<string> AllowedPaths { get; } = [];

    /// <summary>Host names that requests may be addressed to, beside localhost.</summary>
    public IList<string> AllowedHosts { get; } = [];
}
