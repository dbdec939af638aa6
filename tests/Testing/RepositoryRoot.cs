namespace Platform.Testing;

/// <summary>The root folder of this repository: the nearest folder above the test binaries with Platform.sln.</summary>
public static class RepositoryRoot
{
    /// <summary>Absolute path, without a trailing separator.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Platform.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"No Platform.sln above {AppContext.BaseDirectory}.");
    }
}
