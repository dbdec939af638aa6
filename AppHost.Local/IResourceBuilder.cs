namespace Platform.AppHost.Local;

/// <summary>Adds settings to one resource; see <see cref="ResourceBuilderExtensions"/>.</summary>
public interface IResourceBuilder<out T>
{
    /// <summary>The resource being described.</summary>
    T Resource { get; }
}
