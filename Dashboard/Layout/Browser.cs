using Microsoft.JSInterop;

namespace Platform.Dashboard.Layout;

/// <summary>What the Dashboard asks of the reader's browser.</summary>
/// <param name="runtime">The way there.</param>
public sealed class Browser(IJSRuntime runtime) : IAsyncDisposable
{
    // In bytes: a browser's storage has some millions of characters.
    private const long LongestList = 20_000_000;

    private readonly Lazy<Task<IJSObjectReference>> _module =
        new(() => runtime.InvokeAsync<IJSObjectReference>("import", "./app.js").AsTask());

    /// <summary>What the first rendering wants to know of the reader, in one question.</summary>
    public async Task<Reader> ReaderAsync() => await (await _module.Value).InvokeAsync<Reader>("reader");

    /// <summary>Remembers the choice of colours.</summary>
    public async Task SetDarkAsync(bool dark) => await (await _module.Value).InvokeVoidAsync("setDark", dark);

    /// <summary>Offers a text to the reader as a file.</summary>
    public async Task SaveAsync(string fileName, string mediaType, string text) =>
        await (await _module.Value).InvokeVoidAsync("save", fileName, mediaType, text);

    /// <summary>Puts items in front of a list that the browser keeps.</summary>
    /// <param name="key">The list's name.</param>
    /// <param name="items">The items.</param>
    /// <param name="most">Items that are kept at most; 0: none.</param>
    /// <param name="characters">Characters of JSON at most.</param>
    public async Task RememberAsync(string key, IEnumerable<object> items, int most, int characters)
    {
        try
        {
            await (await _module.Value).InvokeVoidAsync("remember", key, items, most, characters);
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone while something that it was to keep came to its end.
        }
    }

    /// <summary>
    /// A list that the browser keeps, as JSON. It comes as a stream: a message would be limited to 32 KB.
    /// </summary>
    /// <param name="key">The list's name.</param>
    public async Task<string> RecallAsync(string key)
    {
        await using var kept = await (await _module.Value).InvokeAsync<IJSStreamReference>("recall", key);
        await using var stream = await kept.OpenReadStreamAsync(LongestList);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

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
