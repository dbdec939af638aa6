using Microsoft.AspNetCore.Components;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Layout;

/// <summary>The frame of every page: bar, menu, colours.</summary>
public sealed partial class MainLayout(Browser browser, NavigationManager navigation)
{
    private bool _open = true;
    private bool _dark;
    private bool _ready;
    private Viewer _viewer = new(TimeZoneInfo.Utc, false);

    private string SkipTarget => navigation.Uri.Split('#')[0] + "#content";

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        var reader = await browser.ReaderAsync();
        (_dark, _open) = (reader.Dark, reader.Wide);
        _viewer = new(reader.Zone, _dark);
        _ready = true;
        StateHasChanged();
    }

    private async Task ToggleDarkAsync()
    {
        _dark = !_dark;
        _viewer = _viewer with { Dark = _dark };
        await browser.SetDarkAsync(_dark);
    }
}
