using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Trainer.Service.Tests.Hosting;

namespace Platform.Trainer.Service.Tests.Runs;

public sealed class WatchRunTests
{
    [Fact]
    public async Task WatchRun_FromTheBeginning_SendsEverythingOnceAndEnds()
    {
        await using var suite = Suite.Start(s => s.Script("seen", new() { ["StepMs"] = 1 }));
        var name = await suite.CreateAsync("seen", steps: 200);
        var seen = await FollowAsync(suite, new WatchRunRequest { Name = name, IncludeLog = true });

        Assert.True(seen[0].Run.State is State.Queued or State.Running);
        Assert.Equal(State.Succeeded, seen[^1].Run.State);
        Assert.Equal(Enumerable.Range(1, 200).Select(step => (long)step), StepsOf(seen));
        Assert.Equal(
            await suite.EventTypesAsync(name),
            seen.Where(item => item.Event is not null).Select(item => item.Event.Type));
        Assert.Single(seen, item => item.Sample is not null);
        Assert.Equal(200, seen.Sum(item => item.Log?.Lines.Count ?? 0));
        Assert.Equal(File.ReadLines(Path.Combine(suite.FolderOf(name), "metrics.jsonl")).LongCount(), seen[^1].Cursor);
    }

    [Fact]
    public async Task WatchRun_BrokenOffAndTakenUp_OverARestart_LosesAndDoublesNothing()
    {
        await using var suite = Suite.Start(s => s.Script("cut", new() { ["StepMs"] = 2, ["DieAt"] = 60 }));
        var name = await suite.CreateAsync("cut", steps: 300);
        var all = new List<WatchRunResponse>();
        var cursor = 0L;
        foreach (var part in new[] { 30, 90, 160, int.MaxValue })
        {
            using var call = suite.Runs.WatchRun(
                new WatchRunRequest { Name = name, AfterCursor = cursor }, cancellationToken: Suite.Cancel);
            await foreach (var message in call.ResponseStream.ReadAllAsync(Suite.Cancel))
            {
                all.Add(message);
                cursor = message.Cursor;
                if (message.Points?.Points.Any(point => point.Step >= part) == true)
                    break;
            }

            if (part != 90)
                continue;
            await suite.StopServiceAsync();
            suite.StartService();
        }

        // What the first attempt wrote beyond its checkpoint came at most once, and once more from the next attempt.
        var lines = File.ReadLines(Path.Combine(suite.FolderOf(name), "metrics.jsonl"))
            .Count(line => line.Contains("train_loss", StringComparison.Ordinal));
        var points = all.Where(item => item.Points is not null).SelectMany(item => item.Points.Points)
            .Where(point => point.Series == "train_loss").ToList();
        Assert.Equal(points.Count, points.Distinct().Count());
        Assert.Equal(points.Select(p => (p.Attempt, p.Step)).Order(), points.Select(p => (p.Attempt, p.Step)));
        var latest = points.GroupBy(point => point.Step).Select(group => group.MaxBy(point => point.Attempt)!);
        Assert.Equal(Enumerable.Range(1, 300).Select(step => (long)step), latest.Select(point => point.Step).Order());
        Assert.InRange(lines - points.Count, 0, 5);
    }

    [Fact]
    public async Task WatchRun_HistoryAfterAResume_LeavesOutWhatWasSuperseded()
    {
        await using var suite = Suite.Start(s => s.Script("twice", new() { ["DieAt"] = 9 }));
        var name = await suite.CreateAsync("twice");
        await suite.UntilAsync(name, State.Succeeded);
        var seen = await FollowAsync(suite, new WatchRunRequest { Name = name });

        Assert.Equal(Enumerable.Range(1, 10).Select(step => (long)step), StepsOf(seen));
    }

    [Fact]
    public async Task WatchRun_SkipHistory_SendsOnlyWhatComes()
    {
        await using var suite = Suite.Start(s => s.Script("late", new() { ["HoldAt"] = 6 }));
        var name = await suite.CreateAsync("late");
        await suite.UntilStepAsync(name, 5);
        using var call = suite.Runs.WatchRun(
            new WatchRunRequest { Name = name, SkipHistory = true }, cancellationToken: Suite.Cancel);
        var seen = new List<WatchRunResponse>();
        await foreach (var message in call.ResponseStream.ReadAllAsync(Suite.Cancel))
        {
            if (seen.Count == 0)
                suite.Go("late");
            seen.Add(message);
        }

        Assert.Equal([6, 7, 8, 9, 10], StepsOf(seen));
    }

    [Fact]
    public async Task WatchRun_NoSuchRun_NotFound()
    {
        await using var suite = Suite.Start();
        var request = new WatchRunRequest { Name = "runs/none" };
        using var call = suite.Runs.WatchRun(request, cancellationToken: Suite.Cancel);
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Suite.Cancel));

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    [Fact]
    public async Task WatchRun_ServiceStops_EndsUnavailable()
    {
        await using var suite = Suite.Start(s => s.Script("open", new() { ["HoldAt"] = 3 }));
        var name = await suite.CreateAsync("open");
        await suite.UntilStepAsync(name, 2);
        using var call = suite.Runs.WatchRun(new WatchRunRequest { Name = name }, cancellationToken: Suite.Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Suite.Cancel));
        suite.BeginStop();

        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var _ in call.ResponseStream.ReadAllAsync(Suite.Cancel))
            {
                // The stream's end is what is waited for.
            }
        });
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
    }

    private static async Task<List<WatchRunResponse>> FollowAsync(Suite suite, WatchRunRequest request)
    {
        using var call = suite.Runs.WatchRun(request, cancellationToken: Suite.Cancel);
        var seen = new List<WatchRunResponse>();
        await foreach (var message in call.ResponseStream.ReadAllAsync(Suite.Cancel))
            seen.Add(message);
        return seen;
    }

    private static IEnumerable<long> StepsOf(IEnumerable<WatchRunResponse> messages) => messages
        .Where(item => item.Points is not null)
        .SelectMany(item => item.Points.Points)
        .Where(point => point.Series == "train_loss")
        .Select(point => point.Step);
}
