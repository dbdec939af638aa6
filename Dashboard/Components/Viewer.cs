namespace Platform.Dashboard.Components;

/// <summary>What is known of the reader's browser.</summary>
/// <param name="Zone">Its time zone.</param>
/// <param name="Dark">Whether dark colours are shown.</param>
public sealed record Viewer(TimeZoneInfo Zone, bool Dark);
