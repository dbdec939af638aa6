using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Charts;

/// <summary>A chart that a script draws: made when its place on the page is there, and told what to show.</summary>
/// <param name="runtime">The browser.</param>
/// <param name="module">The script.</param>
/// <param name="maker">
/// Its function that takes the place and gives an object with <c>show</c> and <c>dispose</c>.
/// </param>
public abstract class ScriptChart(IJSRuntime runtime, string module, string maker) : ComponentBase, IAsyncDisposable
{
    private IJSObjectReference? _chart;

    /// <summary>Its place on the page.</summary>
    protected ElementReference Host { get; set; }

    /// <summary>Whether it is drawn in dark colours.</summary>
    protected bool IsDark => Viewer?.Dark ?? false;

    [CascadingParameter]
    private Viewer? Viewer { get; set; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Disposed();
        try
        {
            if (_chart is not null)
                await _chart.InvokeVoidAsync("dispose");
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone, and the chart with it.
        }
    }

    /// <summary>What the maker is given beside the place.</summary>
    protected virtual object?[] MakerArguments() => [];

    /// <summary>Frees what more it holds.</summary>
    protected virtual void Disposed()
    {
    }

    /// <summary>What <c>show</c> is given now; null where nothing has changed.</summary>
    protected abstract object?[]? Shown();

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            await using var script = await runtime.InvokeAsync<IJSObjectReference>("import", module);
            _chart = await script.InvokeAsync<IJSObjectReference>(maker, [Host, .. MakerArguments()]);
        }

        if (_chart is not null && Shown() is { } shown)
            await _chart.InvokeVoidAsync("show", shown);
    }

    /// <summary>Calls one of the chart's functions.</summary>
    protected async Task CallAsync(string function, params object?[] arguments)
    {
        if (_chart is not null)
            await _chart.InvokeVoidAsync(function, arguments);
    }
}
