namespace Platform.Dashboard.Layout;

/// <summary>What a reader's browser says of its reader.</summary>
/// <param name="Dark">Whether dark colours are wished: chosen here before, else the system's.</param>
/// <param name="Wide">Whether there is room for the menu beside the page.</param>
/// <param name="TimeZone">The time zone's name.</param>
public sealed record Reader(bool Dark, bool Wide, string TimeZone)
{
    /// <summary>The time zone; UTC where this machine does not know it.</summary>
    public TimeZoneInfo Zone =>
        TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out var zone) ? zone : TimeZoneInfo.Utc;
}
