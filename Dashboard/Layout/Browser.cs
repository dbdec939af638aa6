using Microsoft.JSInterop;

namespace Platform.Dashboard.Layout;

/// <summary>What the Dashboard asks of the reader's browser.</summary>
/// <param name="runtime">The way there.</param>
public sealed class Browser(IJSRuntime runtime) : IAsyncDisposable
{
    private readonly Lazy<Task<IJSObjectReference>> _module =
        new(() => runtime.InvokeAsync<IJSObjectReference>("import", "./app.js").AsTask());

    /// <summary>Whether dark colours are wished: chosen here before, else the system's.</summary>
    public async Task<bool> IsDarkAsync() => await (await _module.Value).InvokeAsync<bool>("isDark");

    /// <summary>Remembers the choice of colours.</summary>
    public async Task SetDarkAsync(bool dark) => await (await _module.Value).InvokeVoidAsync("setDark", dark);

    /// <summary>Whether there is room for the menu beside the page.</summary>
    public async Task<bool> IsWideAsync() => await (await _module.Value).InvokeAsync<bool>("isWide");

    /// <summary>The reader's time zone; UTC where this machine does not know it.</summary>
    public async Task<TimeZoneInfo> TimeZoneAsync()
    {
        var id = await (await _module.Value).InvokeAsync<string>("timeZone");
        return TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone : TimeZoneInfo.Utc;
    }

    /// <summary>Offers a text to the reader as a file.</summary>
    public async Task SaveAsync(string fileName, string mediaType, string text) =>
        await (await _module.Value).InvokeVoidAsync("save", fileName, mediaType, text);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_module.IsValueCreated)
            return;
        try
        {
            await (await _module.Value).DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone, and the module with it.
        }
    }
}
