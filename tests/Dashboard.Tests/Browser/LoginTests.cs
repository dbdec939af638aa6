using Microsoft.Playwright;
using Platform.EndToEnd.Tests.Pages;
using Platform.FakeSuite;

namespace Platform.Dashboard.Tests.Browser;

public sealed class LoginTests
{
    private const string Key = "a-key-of-many-letters";

    [Fact]
    public async Task Page_WithAnApiKey_IsAskedForItOnceAndKeepsACookie()
    {
        await using var chromium = await Chromium.StartAsync();
        await using var suite = new Suite();
        await suite.StartAsync();
        await using var dashboard = await DashboardProcess.StartAsync(
            [.. suite.Environment, new KeyValuePair<string, string>("Platform__ApiKey", Key)]);
        await using var tab = await DashboardTab.OpenAsync(chromium, dashboard.Address);

        await tab.Page.GotoAsync(dashboard.Address + "/runs?state=succeeded");
        await tab.Page.GetByLabel("API key").FillAsync("not-the-key-at-all");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await Assertions.Expect(tab.Page.GetByText("That is not the key.")).ToBeVisibleAsync();
        await tab.Page.GetByLabel("API key").FillAsync(Key);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();

        await Assertions.Expect(tab.Heading).ToHaveTextAsync("Runs");
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Table, new() { Name = "Runs" })).ToBeVisibleAsync();
        await Assertions.Expect(tab.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex(@"state=succeeded"));
        var cookie = (await tab.Page.Context.CookiesAsync()).Single(c => c.Name == "platform-dashboard");
        Assert.True(cookie.HttpOnly);
        Assert.Equal(SameSiteAttribute.Strict, cookie.SameSite);
        Assert.DoesNotContain(Key, cookie.Value, StringComparison.Ordinal);
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Address_WithoutTheCookie_GivesNothingAway()
    {
        await using var dashboard = await DashboardProcess.StartAsync([new("Platform__ApiKey", Key)]);
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        client.BaseAddress = new(dashboard.Address);

        foreach (var path in new[] { "/", "/runs", "/_blazor/negotiate?negotiateVersion=1" })
        {
            using var answer = await client.PostOrGetAsync(path);
            Assert.Contains(answer.StatusCode, new[]
            {
                System.Net.HttpStatusCode.Redirect, System.Net.HttpStatusCode.Unauthorized,
            });
        }

        using var health = await client.GetAsync("/health", TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.OK, health.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health") { Headers = { Host = "evil.example" } };
        using var foreign = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, foreign.StatusCode);
    }
}
