namespace Platform.Testing;

/// <summary>
/// Finds samples of real data sets in the folder <c>shared/data</c> beside the repository (or in
/// <c>PLATFORM_SHARED_DATA</c>). They are never part of the repository; where they are absent a test that needs one
/// is skipped, visibly.
/// </summary>
public static class SharedData
{
    /// <summary>The absolute path of one sample; skips the calling test where it is absent.</summary>
    /// <param name="relativePath">A path below <c>shared/data</c>, with forward slashes.</param>
    public static string Require(string relativePath)
    {
        var path = Find(relativePath);
        Assert.SkipWhen(path is null, $"Needs the sample shared/data/{relativePath}, which is not on this machine.");
        return path!;
    }

    /// <summary>The absolute path of one sample, or null where it is absent.</summary>
    public static string? Find(string relativePath)
    {
        var root = Environment.GetEnvironmentVariable("PLATFORM_SHARED_DATA")
            ?? Path.GetFullPath(Path.Combine(RepositoryRoot.Path, "..", "shared", "data"));
        var path = Path.Combine(root, relativePath);
        return File.Exists(path) || Directory.Exists(path) ? path : null;
    }
}
