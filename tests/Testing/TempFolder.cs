namespace Platform.Testing;

/// <summary>A fresh folder of the test's own, deleted with everything in it at the end.</summary>
public sealed class TempFolder : IDisposable
{
    /// <summary>Creates the folder below the system's temporary folder.</summary>
    public TempFolder() => Path = Directory.CreateTempSubdirectory("platform-test-").FullName;

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>The absolute path of a file or folder inside.</summary>
    public string this[string relativePath] => System.IO.Path.Combine(Path, relativePath);

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // The test deleted it itself.
        }
    }
}
