using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Platform.EndToEnd.Tests.Pages;

/// <summary>
/// A browser tab with the Dashboard in it. It notes what the browser complains of, so that a test can say that a page
/// opens without a fault.
/// </summary>
public sealed class DashboardTab : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly string _address;
    private readonly ConcurrentQueue<string> _complaints = [];

    // A machine that does much else takes its time; what is there is seen at once all the same.
    static DashboardTab() => Assertions.SetDefaultExpectTimeout(20_000);

    private DashboardTab(IBrowserContext context, IPage page, string address)
    {
        (_context, Page, _address) = (context, page, address.TrimEnd('/'));
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                _complaints.Enqueue(message.Text);
        };
        page.PageError += (_, error) => _complaints.Enqueue(error);
        page.Response += (_, response) =>
        {
            if (response.Status >= 400)
                _complaints.Enqueue($"{response.Status} {response.Url}");
        };
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(_address, StringComparison.Ordinal)
                && request.Url.StartsWith("http", StringComparison.Ordinal))
                _complaints.Enqueue($"A request leaves the Dashboard: {request.Url}");
        };
    }

    /// <summary>The tab.</summary>
    public IPage Page { get; }

    /// <summary>What the browser complained of: console errors, uncaught errors, answers of 400 and above.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>The page's heading.</summary>
    public ILocator Heading => Page.GetByRole(AriaRole.Heading, new() { Level = 1 });

    /// <summary>How the page's stream stands: live, reconnecting, up to date.</summary>
    public ILocator Connection => Page.GetByRole(AriaRole.Status, new() { Name = "Connection" });

    /// <summary>Opens a tab.</summary>
    /// <param name="chromium">The browser.</param>
    /// <param name="address">The Dashboard's address.</param>
    /// <param name="width">The tab's width in pixels.</param>
    /// <param name="dark">Whether the system is said to be dark.</param>
    public static async Task<DashboardTab> OpenAsync(
        Chromium chromium, string address, int width = 1280, bool dark = false)
    {
        var context = await chromium.Browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = width < 600 ? 844 : 900 },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            TimezoneId = "Europe/Berlin",
        });
        return new(context, await context.NewPageAsync(), address);
    }

    /// <summary>A page's address.</summary>
    /// <param name="path">The page's path, without a slash at its beginning.</param>
    public string AddressOf(string path) => $"{_address}/{path}";

    /// <summary>
    /// Moves the pointer to a place in an element once that stands still: a box that is read while the page around it
    /// is still being laid out lies elsewhere when the pointer gets there.
    /// </summary>
    /// <param name="element">The element.</param>
    /// <param name="across">How far from its left, as a part of its width.</param>
    /// <param name="down">How far from its top, as a part of its height.</param>
    /// <returns>The element's box.</returns>
    public async Task<LocatorBoundingBoxResult> PointAtAsync(ILocator element, float across = 0.5f, float down = 0.5f)
    {
        await element.HoverAsync();
        var box = (await element.BoundingBoxAsync())!;
        await Page.Mouse.MoveAsync(box.X + (box.Width * across), box.Y + (box.Height * down));
        return box;
    }

    /// <summary>Goes to a page and waits until it shows something, also when that is an error.</summary>
    /// <param name="path">The page's path, without a slash at its beginning.</param>
    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(AddressOf(path));
        await Heading.WaitForAsync();
        await Assertions.Expect(Page.Locator(".loading")).ToHaveCountAsync(0);

        // The reader's colours and time zone are in place, and charts are drawn.
        await Assertions.Expect(Page.Locator("main[aria-busy=true], .board[aria-busy=true]")).ToHaveCountAsync(0);
    }

    /// <summary>Fails where the browser complained or Blazor met an error.</summary>
    public async Task ExpectNoComplaintsAsync()
    {
        await Assertions.Expect(Page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
        Assert.Empty(Complaints);
    }

    /// <summary>From now on, notes everything that the page says of its connection. A reload forgets it.</summary>
    public Task NoteConnectionAsync() => Page.EvaluateAsync(
        """
        () => {
          window.connectionSaid = [];
          const note = () => {
            const said = document.querySelector("[role=status][aria-label=Connection]")?.textContent.trim();
            if (said && said !== window.connectionSaid.at(-1)) window.connectionSaid.push(said);
          };
          new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
        }
        """);

    /// <summary>What it has said since then, in order.</summary>
    public Task<string[]> NotedConnectionAsync() => Page.EvaluateAsync<string[]>("window.connectionSaid");

    /// <summary>Goes to the overview.</summary>
    public async Task<OverviewTab> OverviewAsync()
    {
        await GoAsync("");
        return new(this);
    }

    /// <summary>Goes to the runs.</summary>
    public async Task<RunsTab> RunsAsync(string query = "")
    {
        await GoAsync("runs" + query);
        return new(this);
    }

    /// <summary>Goes to the comparison of runs.</summary>
    /// <param name="ids">Their ids.</param>
    public async Task<CompareTab> CompareAsync(params string[] ids)
    {
        await GoAsync("runs/compare?runs=" + string.Join(',', ids));
        return new(this);
    }

    /// <summary>Goes to one run.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="query">The view, as in a link.</param>
    public async Task<RunTab> RunAsync(string id, string query = "")
    {
        await GoAsync($"runs/{id}{query}");
        return new(this);
    }

    /// <summary>Goes to the form of a new run.</summary>
    /// <param name="query">What it begins with.</param>
    public async Task<NewRunTab> NewRunAsync(string query = "")
    {
        await GoAsync("runs/new" + query);
        return new(this);
    }

    /// <summary>Goes to the playground.</summary>
    /// <param name="model">The model.</param>
    public async Task<PlaygroundTab> PlaygroundAsync(string model)
    {
        await GoAsync("playground?model=" + Uri.EscapeDataString(model));
        return new(this);
    }

    /// <summary>Goes to one sweep.</summary>
    /// <param name="id">Its id.</param>
    public async Task<SweepTab> SweepAsync(string id)
    {
        await GoAsync("sweeps/" + id);
        return new(this);
    }

    /// <summary>Goes to one evaluation.</summary>
    /// <param name="id">Its id.</param>
    public async Task<EvaluationTab> EvaluationAsync(string id)
    {
        await GoAsync("evaluations/" + id);
        return new(this);
    }

    /// <summary>Goes to the tokenizers.</summary>
    public async Task<TokenizersTab> TokenizersAsync()
    {
        await GoAsync("tokenizers");
        return new(this);
    }

    /// <summary>Goes to the data sets.</summary>
    public async Task<DatasetsTab> DatasetsAsync()
    {
        await GoAsync("datasets");
        return new(this);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
