using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Platform.InferenceHost.Generation;
using Platform.InferenceHost.Models;
using Platform.Modeling;

namespace Platform.Inference.Service.Tests;

/// <summary>Who comes first, and how soon a place is free: counted in steps of the engine, never in seconds.</summary>
public sealed class SchedulingTests : IDisposable
{
    private InferenceApp? _app;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _app?.Dispose();

    [Fact]
    public async Task Submit_HigherPriority_LeavesTheQueueFirst()
    {
        var order = await OrderAsync(places: 1, ("a", 0), ("a", -5), ("a", 3), ("a", 0), ("b", 3), ("c", 100));

        // Of equals the caller whose turn was longest ago, then the first to come.
        Assert.Equal([5, 2, 4, 0, 3, 1], order);
    }

    [Fact]
    public async Task Submit_SeveralCallers_TakeTurns()
    {
        var order = await OrderAsync(places: 1, ("a", 0), ("a", 0), ("a", 0), ("a", 0), ("b", 0), ("c", 0), ("c", 0));

        Assert.Equal([0, 4, 5, 1, 6, 2, 3], order);
    }

    /// <summary>Regression: whoever came into a place that was freed was prefilled before those who waited in later
    /// places, so that under load these might never have begun.</summary>
    [Fact]
    public async Task Submit_OneCallerWithManyTexts_LeavesPlacesToTheOthers()
    {
        // Ten of a, then one each of b and c: with four places these join beside the first of a.
        var order = await OrderAsync(places: 4, [.. Enumerable.Repeat(("a", 0), 10), ("b", 0), ("c", 0)]);

        Assert.Equal([0, 10, 11, 1, 2, 3], order.Take(6));
    }

    [Fact]
    public async Task Tick_GenerationsCancelled_AreNotComputedAgainAndTheirPlacesAreFree()
    {
        const int Places = 100;
        using var lease = await LeaseAsync(places: 1);
        using var model = TinyModels.Create(_app!.Tokenizer, blockSize: 512);
        using var decoder = new CountingDecoder(model, Places);
        var table = new SlotTable(decoder, model.Config.VocabSize);
        using var gone = new CancellationTokenSource();
        var feed = new GenerationFeed(Places);
        // One stays; of the others half are calls cancelled, half are given up; ten of them are within their prompts.
        var jobs = Enumerable.Range(0, Places).Select(i => Job(
            lease.Model, feed, i, "a", 0, prompt: i < 90 ? 2 : 300, newTokens: 200,
            i % 2 == 1 ? gone.Token : CancellationToken.None)).ToList();
        foreach (var job in jobs)
            table.Join(job);
        while (jobs.Take(90).Any(job => !job.IsDecoding))
            table.Tick();
        Assert.False(table.HasFree);

        await gone.CancelAsync();
        foreach (var job in jobs.Where((_, i) => i % 2 == 0 && i > 0))
            job.Abandon();
        decoder.Calls.Clear();
        table.Tick();

        // A single step, and in it a single row: the one that stays.
        Assert.Equal(["decode 1"], decoder.Calls);
        Assert.Equal(1, table.RunningCount);
        Assert.All(jobs.Skip(1), job => Assert.True(job.Ended.IsCompleted));
        Assert.False(jobs[0].Ended.IsCompleted);
    }

    [Fact]
    public async Task Submit_HundredCancelledAndOneOther_NotOneTokenMoreForThem()
    {
        using var lease = await LeaseAsync(places: 16, blockSize: 16384);
        var engine = _app!.Services.GetRequiredService<GenerationEngine>();
        using var gone = new CancellationTokenSource();
        var feeds = Enumerable.Range(0, 101).Select(_ => new GenerationFeed(1)).ToList();
        var jobs = feeds.Select((feed, i) => Job(
            lease.Model, feed, i, $"{i}", i == 0 ? 1 : 0, newTokens: 16000,
            cancellation: i == 0 ? CancellationToken.None : gone.Token)).ToList();
        engine.Submit(jobs);
        // 16 have a place, and the others wait.
        await feeds[0].Updates.ReadAsync(Token);

        // Between two steps: what was computed before has been told by then.
        await engine.RunAsync(() =>
        {
            gone.Cancel();
            foreach (var feed in feeds.Skip(1))
            {
                while (feed.Updates.TryRead(out _))
                {
                    // Of the time before.
                }
            }
        });
        await Task.WhenAll(jobs.Skip(1).Select(job => job.Ended)).WaitAsync(TimeSpan.FromMinutes(2), Token);

        Assert.All(feeds.Skip(1), feed => Assert.False(feed.Updates.TryRead(out _)));
        Assert.Equal((1, 0), (lease.Model.Base.Slots.RunningCount, engine.WaitingFor(lease.Model.Base)));
        Assert.NotNull(await feeds[0].Updates.ReadAsync(Token));
        jobs[0].Abandon();
        await jobs[0].Ended;
    }

    // The order in which texts get their first tokens, all of them submitted before the engine looks.
    private async Task<List<int>> OrderAsync(int places, params (string Caller, int Priority)[] wanted)
    {
        using var lease = await LeaseAsync(places);
        var engine = _app!.Services.GetRequiredService<GenerationEngine>();
        using var open = new ManualResetEventSlim();
        var held = engine.RunAsync(() => open.Wait(Token));
        var feed = new GenerationFeed(wanted.Length);
        foreach (var (index, (caller, priority)) in wanted.Index())
            engine.Submit([Job(lease.Model, feed, index, caller, priority)]);
        open.Set();
        await held;
        var updates = await feed.Updates.ReadAllAsync(Token).ToListAsync(Token);
        return [.. updates.Select(update => update.Index).Distinct()];
    }

    private async Task<ModelLease> LeaseAsync(int places, int blockSize = 512)
    {
        _app = new InferenceApp(("Inference:MaxConcurrent", $"{places}"));
        _app.AddModel("a", blockSize: blockSize);
        _ = _app.Client; // starts it
        return await _app.Services.GetRequiredService<ModelRegistry>().AcquireAsync(new ModelRequest("runs/a"), Token);
    }

    private static GenerationJob Job(
        LoadedModel model,
        GenerationFeed feed,
        int index,
        string caller,
        int priority,
        int prompt = 2,
        int newTokens = 2,
        CancellationToken cancellation = default) => new(
            model,
            [.. Enumerable.Range(0, prompt).Select(i => 1 + (i % 50))],
            new GenerationSettings
            {
                Sampling = new SamplingOptions { Seed = index },
                MaxTokens = newTokens,
                IgnoreEndOfText = true,
            },
            feed,
            index,
            cancellation)
        {
            Caller = caller,
            Priority = priority,
            Arrived = Stopwatch.GetTimestamp(),
        };
}
