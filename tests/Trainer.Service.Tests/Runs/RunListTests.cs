using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Hosting;

namespace Platform.Trainer.Service.Tests.Runs;

public sealed class RunListTests
{
    [Fact]
    public async Task ListRuns_PagesFilterAndOrder_GiveEveryRunOnce()
    {
        await using var suite = await SevenRunsAsync();
        var seen = new List<string>();
        var token = "";
        do
        {
            var page = await ListAsync(suite, r => (r.PageSize, r.PageToken, r.OrderBy) = (3, token, "train_loss"));
            Assert.Equal(7, page.TotalSize);
            seen.AddRange(page.Runs.Select(run => run.Name));
            token = page.NextPageToken;
        }
        while (token.Length > 0);

        // More steps, lower loss.
        Assert.Equal(["runs/r7", "runs/r6", "runs/r5", "runs/r4", "runs/r3", "runs/r2", "runs/r1"], seen);
        Assert.Equal(["runs/r7", "runs/r6"], await NamesAsync(suite, "", "step desc", 2));
        Assert.Equal(["runs/r2", "runs/r4", "runs/r6"], await NamesAsync(suite, "tag:even", "display_name"));
        Assert.Equal(["runs/r4"], await NamesAsync(suite, "tag:even \"NUMBER 4\" state:succeeded dataset:letters"));
        Assert.Equal(["runs/r3"], await NamesAsync(suite, "runs/r3"));
        Assert.Empty(await NamesAsync(suite, "state:running"));
        Assert.Empty(await NamesAsync(suite, "100%"));
        Assert.Equal(["runs/r2", "runs/r5"], await NamesAsync(suite, "id:r5,r2,none", "display_name"));
        Assert.Equal(7, (await NamesAsync(suite, "state:running,succeeded sweep: letters")).Count());
        Assert.Equal(["runs/r1", "runs/r3"], await NamesAsync(suite, "odd", "tokens", 2));
    }

    [Theory]
    [InlineData("filter", "state:sleeping", "", "")]
    [InlineData("filter", "colour:red", "", "")]
    [InlineData("order_by", "", "colour", "")]
    [InlineData("order_by", "", "step upwards", "")]
    [InlineData("page_token", "", "", "nonsense")]
    public async Task ListRuns_NotUnderstood_NamesTheField(string field, string filter, string order, string token)
    {
        await using var suite = Suite.Start();
        var request = new ListRunsRequest { Filter = filter, OrderBy = order, PageToken = token };
        var failure = await Suite.FailureAsync(suite.Runs.ListRunsAsync(request, cancellationToken: Suite.Cancel));

        Assert.Equal(StatusCode.InvalidArgument, failure.Code);
        Assert.Equal([field], failure.Fields);
    }

    [Fact]
    public async Task UpdateRun_NameAndTags_LastOverARestart()
    {
        await using var suite = Suite.Start();
        var name = await suite.CreateAsync("x", change: r => r.Tags.Add("old"));
        await suite.UntilAsync(name, State.Succeeded);
        await suite.Runs.UpdateRunAsync(
            new UpdateRunRequest { Name = name, DisplayName = "New name" }, cancellationToken: Suite.Cancel);
        Assert.Equal(["old"], (await suite.GetAsync(name)).Tags);
        await suite.Runs.UpdateRunAsync(
            new UpdateRunRequest { Name = name, Tags = new TagList() }, cancellationToken: Suite.Cancel);
        await suite.StopServiceAsync();
        suite.StartService();

        var run = await suite.GetAsync(name);
        Assert.Equal(("New name", 0), (run.DisplayName, run.Tags.Count));
        Assert.Equal([name], await NamesAsync(suite, "new"));
    }

    [Fact]
    public async Task ListRuns_FolderDeletedByHand_IsForgotten()
    {
        await using var suite = Suite.Start();
        var name = await suite.CreateAsync("lost");
        await suite.UntilAsync(name, State.Succeeded);
        Directory.Delete(suite.FolderOf(name), recursive: true);

        var failure = await Suite.FailureAsync(
            suite.Runs.GetRunAsync(new GetRunRequest { Name = name }, cancellationToken: Suite.Cancel));
        Assert.Equal(StatusCode.NotFound, failure.Code);
        Assert.Equal(0, (await ListAsync(suite, _ => { })).TotalSize);
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("corrupt")]
    [InlineData("empty")]
    public async Task Start_IndexUnusable_IsMadeAnewFromTheFolders(string how)
    {
        await using var suite = await SevenRunsAsync();
        await suite.StopServiceAsync();
        var path = Path.Combine(suite.Root.StateDir, "trainer.db");
        Assert.True(File.Exists(path));
        foreach (var file in Directory.GetFiles(suite.Root.StateDir, "trainer.db*"))
            File.Delete(file);
        if (how != "deleted")
            File.WriteAllText(path, how == "empty" ? "" : new string('x', 5000));
        // A torn line at the end, as a kill leaves it, changes nothing.
        File.AppendAllText(Path.Combine(suite.FolderOf("runs/r3"), "metrics.jsonl"), "{\"step\": 99, \"train_l");
        suite.StartService();

        Assert.Equal(["runs/r2", "runs/r4", "runs/r6"], await NamesAsync(suite, "tag:even", "display_name"));
        var third = await suite.GetAsync("runs/r3");
        Assert.Equal((3, State.Succeeded), (third.Step, third.State));
    }

    [Fact]
    public async Task WatchRuns_RunsComeChangeAndGo_ToldFromTheSnapshotOn()
    {
        await using var suite = Suite.Start();
        await suite.UntilAsync(await suite.CreateAsync("before"), State.Succeeded);
        var request = new WatchRunsRequest { Filter = "tag:on" };
        using var call = suite.Runs.WatchRuns(request, cancellationToken: Suite.Cancel);
        var stream = call.ResponseStream;
        Assert.True(await stream.MoveNext(Suite.Cancel));
        Assert.Empty(stream.Current.Snapshot.Runs);

        var name = await suite.CreateAsync("after", change: r => r.Tags.Add("on"));
        var states = new List<State>();
        while (states.LastOrDefault() != State.Succeeded)
        {
            Assert.True(await stream.MoveNext(Suite.Cancel));
            Assert.Equal(name, stream.Current.Changed.Name);
            states.Add(stream.Current.Changed.State);
        }

        await suite.Runs.UpdateRunAsync(
            new UpdateRunRequest { Name = name, Tags = new TagList() }, cancellationToken: Suite.Cancel);
        string removed;
        do
        {
            Assert.True(await stream.MoveNext(Suite.Cancel));
            removed = stream.Current.Removed;
        }
        while (removed.Length == 0);

        Assert.Equal(name, removed);
    }

    [Fact]
    public async Task WatchRuns_Page_IsSentAgainWhenAnotherRunBelongsOnIt()
    {
        await using var suite = await SevenRunsAsync();
        var request = new WatchRunsRequest
        {
            Filter = "state:succeeded",
            OrderBy = "step desc",
            PageSize = 2,
            Skip = 1,
        };
        using var call = suite.Runs.WatchRuns(request, cancellationToken: Suite.Cancel);
        var stream = call.ResponseStream;
        Assert.True(await stream.MoveNext(Suite.Cancel));
        var page = stream.Current.Snapshot;
        Assert.Equal(["runs/r6", "runs/r5"], page.Runs.Select(run => run.Name));
        Assert.Equal((7, 7), (page.TotalSize, page.StateCounts.Single(c => c.State == State.Succeeded).Count));
        Assert.Equal(["odd", "even"], page.Tags);
        Assert.Equal(["datasets/letters"], page.Datasets);

        // A run on the page is renamed: told as a change.
        var update = new UpdateRunRequest { Name = "runs/r6", DisplayName = "Renamed" };
        await suite.Runs.UpdateRunAsync(update, cancellationToken: Suite.Cancel);
        do
            Assert.True(await stream.MoveNext(Suite.Cancel));
        while (stream.Current.Changed is not { Name: "runs/r6", DisplayName: "Renamed" });

        // Another takes the lead: the page moves by one, with its counts.
        await suite.CreateAsync("r8", steps: 8);
        do
            Assert.True(await stream.MoveNext(Suite.Cancel));
        while (stream.Current.Snapshot is not { TotalSize: 8 });
        Assert.Equal(["runs/r7", "runs/r6"], stream.Current.Snapshot.Runs.Select(run => run.Name));
    }

    [Fact]
    public async Task WatchRuns_NegativeSkip_NamesTheField()
    {
        await using var suite = Suite.Start();
        using var call = suite.Runs.WatchRuns(
            new WatchRunsRequest { PageSize = 5, Skip = -1 }, cancellationToken: Suite.Cancel);
        var failure = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Suite.Cancel));

        Assert.Equal(StatusCode.InvalidArgument, failure.StatusCode);
    }

    private static async Task<Suite> SevenRunsAsync()
    {
        var suite = Suite.Start();
        for (var i = 1; i <= 7; i++)
        {
            await suite.CreateAsync($"r{i}", steps: i, change: request =>
            {
                request.DisplayName = $"Number {i}";
                request.Tags.Add(i % 2 == 0 ? "even" : "odd");
            });
        }

        for (var i = 1; i <= 7; i++)
            await suite.UntilAsync($"runs/r{i}", State.Succeeded);
        return suite;
    }

    private static async Task<ListRunsResponse> ListAsync(Suite suite, Action<ListRunsRequest> change)
    {
        var request = new ListRunsRequest();
        change(request);
        return await suite.Runs.ListRunsAsync(request, cancellationToken: Suite.Cancel);
    }

    private static async Task<IEnumerable<string>> NamesAsync(
        Suite suite, string filter, string order = "", int count = 0)
    {
        var page = await ListAsync(suite, r => (r.Filter, r.OrderBy, r.PageSize) = (filter, order, count));
        return page.Runs.Select(run => run.Name);
    }
}
