namespace Platform.AppHost.Local;

/// <summary>
/// Where a referenced service lies; Local.targets generates one class per service into <c>Projects</c>.
/// </summary>
public interface IProjectMetadata
{
    /// <summary>Absolute path of the service's project file.</summary>
    string ProjectPath { get; }

    /// <summary>Absolute path of the service's built assembly.</summary>
    string AssemblyPath { get; }
}
