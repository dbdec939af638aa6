using Microsoft.Playwright;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.EndToEnd.Tests.Pages;

namespace Platform.Dashboard.Tests.Browser;

/// <summary>
/// Bug guarded: figures that came or grew longer moved what stands below them, so that a button went away between the
/// press and the release of the mouse and the click was lost.
/// </summary>
public sealed class StillnessTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    // Where the controls of the curves stand, in every frame that the browser draws.
    private const string NotePlaces =
        """
        () => {
          window.places = [];
          const note = () => {
            const controls = document.querySelector("[aria-label=Curves]");
            if (controls) {
              const { top, height } = controls.getBoundingClientRect();
              const place = `${Math.round(top + scrollY)} high ${Math.round(height)}`;
              if (window.places.at(-1) !== place) window.places.push(place);
            }
            requestAnimationFrame(note);
          };
          requestAnimationFrame(note);
        }
        """;

    [Theory]
    [InlineData(1280)]
    [InlineData(390)]
    public async Task Run_FromItsFirstStepToItsLast_ItsControlsStayWhereTheyAre(int width)
    {
        await using var tab = await fixture.OpenAsync(width);
        var (world, name) = (fixture.Suite.World, $"still-{width}");
        world.AddRunning(name);
        var item = world.Runs["runs/" + name];
        world.Change(() => item.Run.Estimate = new()
        {
            Seconds = 4_000_000,
            StepSeconds = 12.5,
            FlopsPerStep = 2e12,
            MemoryBytes = 3L << 30,
        });
        await tab.Page.AddInitScriptAsync($"({NotePlaces})()");
        var run = await tab.RunAsync(name);
        await run.ExpectMorePointsAsync("Loss", 0);

        // The first validation, what it takes, another device, another attempt, numbers of more digits, its end.
        world.Tick(60);
        await run.ExpectMorePointsAsync("Loss", 59);
        world.Change(() =>
        {
            item.Run.Usage = new()
            {
                Seconds = 5_000,
                StepSeconds = 0.0123,
                FlopsPerStep = 1.25e12,
                MemoryBytes = 2L << 30,
            };
            (item.Run.Device, item.Run.InitialValidationLoss, item.Run.Attempt) = ("cuda:0", 10.9, 12);
            (item.Run.Tokens, item.Run.TokensPerSecond) = (123_456_789_012, 98_765.4);
            item.Run.RemainingSeconds = 1_000_000;
        });
        await Assertions.Expect(tab.Page.Locator(".figure", new() { HasText = "Attempt" })).ToContainTextAsync("12");
        world.Change(() => item.End(State.Succeeded, StopReason.Completed, DateTime.UtcNow));
        await Assertions.Expect(run.State).ToContainTextAsync("succeeded");

        Assert.Single(await tab.Page.EvaluateAsync<string[]>("window.places"));
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Button_MovesUnderThePress_StillGetsItsClick()
    {
        await using var tab = await fixture.OpenAsync();
        await tab.RunAsync("stories-base");
        var button = tab.Page.GetByRole(AriaRole.Button, new() { Name = "by tokens" });
        await PressAsync(tab, button);

        await tab.Page.EvaluateAsync(
            """
            () => {
              const line = document.createElement("div");
              line.style.height = "90px";
              document.querySelector(".head").after(line);
            }
            """);
        await tab.Page.Mouse.UpAsync();

        await Assertions.Expect(button).ToHaveAttributeAsync("aria-pressed", "true");
        await tab.ExpectNoComplaintsAsync();
    }

    [Fact]
    public async Task Button_LeftWithThePressedPointer_GetsNoClick()
    {
        await using var tab = await fixture.OpenAsync();
        await tab.RunAsync("stories-base");
        var button = tab.Page.GetByRole(AriaRole.Button, new() { Name = "by tokens" });
        var box = await PressAsync(tab, button);

        await tab.Page.Mouse.MoveAsync(box.X + (box.Width / 2), box.Y + box.Height + 40, new() { Steps = 4 });
        await tab.Page.Mouse.UpAsync();

        // Whatever a click would have done is done before what is asked for now.
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "smooth 20" }).ClickAsync();
        await Assertions.Expect(tab.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("smooth=20"));
        await Assertions.Expect(button).ToHaveAttributeAsync("aria-pressed", "false");
    }

    private static async Task<LocatorBoundingBoxResult> PressAsync(DashboardTab tab, ILocator button)
    {
        var box = await tab.PointAtAsync(button);
        await tab.Page.Mouse.DownAsync();
        return box;
    }
}
