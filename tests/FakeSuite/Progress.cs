using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.FakeSuite;

/// <summary>How the world goes on.</summary>
internal static class Progress
{
    /// <summary>Moves everything that runs. Call it under the world's lock.</summary>
    public static void Advance(World world, int steps)
    {
        var now = DateTime.UtcNow;
        foreach (var run in world.Runs.Values)
            Advance(run, steps, now);
        if (!world.Runs.Values.Any(r => r.Run.State is State.Running && r.Run.Sweep.Length > 0))
            Next(world, r => r.Sweep.Length > 0, now);
        if (!world.Runs.Values.Any(r => r.Run.State is State.Running && r.Run.Sweep.Length == 0))
            Next(world, r => r.Sweep.Length == 0, now);
        foreach (var sweep in world.Sweeps)
            Sweeps.Refresh(world, sweep);
        foreach (var evaluation in world.Evaluations.Where(e => e.State is State.Running or State.Queued))
            Evaluations.Advance(world, evaluation);
        foreach (var tokenizer in world.Tokenizers.Where(t => t.State is State.Running or State.Queued))
        {
            tokenizer.State = State.Running;
            tokenizer.Progress ??= new()
            {
                Total = tokenizer.Spec.VocabularySize,
                Unit = "merges",
                Phase = "merging pairs",
            };
            tokenizer.Progress.Done = Math.Min(tokenizer.Progress.Total, tokenizer.Progress.Done + 400);
            if (tokenizer.Progress.Done < tokenizer.Progress.Total)
                continue;
            (tokenizer.State, tokenizer.EndTime, tokenizer.VocabularySize) =
                (State.Succeeded, World.Now, tokenizer.Spec.VocabularySize);
            (tokenizer.MergeCount, tokenizer.TrainedBytes) = (tokenizer.VocabularySize - 257, 4_000_000);
        }

        foreach (var dataset in world.Datasets.Where(d => d.State is State.Running or State.Queued))
        {
            dataset.State = State.Running;
            dataset.Progress ??= new() { Total = 4_000_000, Unit = "bytes", Phase = "encoding" };
            dataset.Progress.Done = Math.Min(dataset.Progress.Total, dataset.Progress.Done + 300_000);
            if (dataset.Progress.Done < dataset.Progress.Total)
                continue;
            (dataset.State, dataset.EndTime) = (State.Succeeded, World.Now);
            (dataset.DocumentCount, dataset.TextBytes, dataset.SizeBytes) = (5_210, 4_000_000, 2_100_000);
            (dataset.TrainTokens, dataset.ValidationTokens, dataset.ShardCount) = (1_010_000, 10_200, 2);
        }
    }

    private static void Advance(FakeRun run, int steps, DateTime now)
    {
        if (run.Run.State is State.Cancelling)
        {
            run.End(State.Cancelled, StopReason.Cancelled, now);
            return;
        }

        for (var i = 0; i < steps && run.Run.State is State.Running; i++)
        {
            run.Step(now.AddMilliseconds(i));
            if (run.Run.Step >= run.Run.Spec.MaxSteps)
                run.End(State.Succeeded, StopReason.Completed, now);
        }
    }

    private static void Next(World world, Func<Run, bool> kind, DateTime now)
    {
        if (world.Runs.Values.FirstOrDefault(r => r.Run.State is State.Queued && kind(r.Run)) is not { } next)
            return;
        next.Run.State = State.Running;
        next.Run.Attempt++;
        next.Run.StartTime ??= World.Now;
        next.Run.ClearQueuePosition();
        next.Happened(next.Run.Step > 0 ? "resumed" : "started", "A worker was started.", now, next.Run.Step);
    }
}
