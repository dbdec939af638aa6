using Platform.EndToEnd.Tests.Pages;
using Platform.FakeSuite;

namespace Platform.Dashboard.Tests.Browser;

/// <summary>The fake suite, the Dashboard's process and a browser, shared by the tests of one class.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private DashboardProcess? _dashboard;
    private Chromium? _chromium;

    /// <summary>The services.</summary>
    public Suite Suite { get; } = new();

    /// <summary>The Dashboard.</summary>
    public DashboardProcess Dashboard => _dashboard!;

    /// <summary>The browser.</summary>
    public Chromium Chromium => _chromium!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _chromium = await Chromium.StartAsync();
        await Suite.StartAsync();
        Suite.World.StartClock();
        _dashboard = await DashboardProcess.StartAsync(Suite.Environment);
    }

    /// <summary>Opens a tab.</summary>
    /// <param name="width">Its width in pixels.</param>
    /// <param name="dark">Whether the system is said to be dark.</param>
    public Task<DashboardTab> OpenAsync(int width = 1280, bool dark = false) =>
        DashboardTab.OpenAsync(Chromium, Dashboard.Address, width, dark);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_dashboard is not null)
            await _dashboard.DisposeAsync();
        if (_chromium is not null)
            await _chromium.DisposeAsync();
        await Suite.DisposeAsync();
    }
}
