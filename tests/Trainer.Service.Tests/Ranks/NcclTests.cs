using System.Runtime.InteropServices;
using Platform.Trainer.Service.Tests.Worker;
using Platform.TrainerHost.Worker;

namespace Platform.Trainer.Service.Tests.Ranks;

/// <summary>Ranks over NCCL's interface, as real processes; a fake library tells what it was asked for.</summary>
[Collection(nameof(TorchCollection))]
public sealed class NcclTests
{
    private const int Steps = 50;

    // On one machine the worker starts the ranks, which leave the id in a file; over several MPI starts them and hands
    // it round.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TwoRanks_OverNccl_TrainLikeOneAndAskForWhatNcclWants(bool byMpi)
    {
        if (byMpi)
            RankRun.Require("mpiexec.hydra", "mpich");
        using var nccl = FakeNccl.Build();
        using var temp = new TempFolder();
        File.WriteAllText(temp["hosts"], "localhost:2\n");
        using var one = new TinyRun(spec => RankRun.Configure(spec, ranks: 1));
        Assert.Equal(WorkerProgram.FinishedExitCode, one.Train());
        using var two = new TinyRun(spec => RankRun.Configure(spec, ranks: 2));
        using var process = RankRun.Start(
            two, environment: nccl.Environment, more: byMpi ? ["--hosts", temp["hosts"]] : []);
        await RankRun.ExpectAsync(two, process, WorkerProgram.FinishedExitCode);

        Assert.Equal(!byMpi, File.Exists(Path.Combine(two.Folder, ".nccl-id")));
        Assert.InRange(RankRun.Difference(one, two, "train_loss"), 0, 1e-5);
        Assert.InRange(RankRun.Difference(one, two, "validation_loss"), 0, 1e-5);
        Assert.Equal("NCCL 2.21.5", two.Events("model")[0].GetProperty("exchange").GetString());
        var ranks = nccl.Calls();
        Assert.Equal([0, 1], ranks.Select(rank => rank.Rank));
        AssertJoined(ranks);
        // All ranks ask for the same, in the same order.
        Assert.Equal(Shapes(ranks[0]), Shapes(ranks[1]));
        var parameters = two.Events("model")[0].GetProperty("parameter_count").GetInt64();
        foreach (var rank in ranks)
            AssertMoves(rank, parameters);
    }

    [Theory]
    [InlineData("ncclCommInitRank:1")]
    [InlineData("ncclAllReduce:30")]
    public async Task CallFails_RunFailsAndSaysWhatNcclSaid(string wish)
    {
        using var nccl = FakeNccl.Build();
        using var run = new TinyRun(spec => RankRun.Configure(spec, ranks: 2));
        var environment = nccl.Environment;
        environment["FAKE_NCCL_FAIL"] = wish;

        await RankRun.CompleteAsync(run, WorkerProgram.FailedExitCode, environment: environment);

        var (reason, message) = run.Failure();
        Assert.Equal(FailureReasons.RanksNotAvailable, reason);
        Assert.Contains(
            $"{wish.Split(':')[0]} failed: unhandled system error (of the fake)", message, StringComparison.Ordinal);
        Assert.Single(run.Events("failed"));
        Assert.All(nccl.Calls(), rank => Assert.DoesNotContain("ncclCommDestroy", rank.Functions));
    }

    [Fact]
    public async Task NoLibrary_FailureNamesThePackage()
    {
        Assert.SkipWhen(NativeLibrary.TryLoad("libnccl.so.2", out _), "NCCL is installed here.");
        using var run = new TinyRun(spec => RankRun.Configure(spec, ranks: 2));

        await RankRun.CompleteAsync(
            run,
            WorkerProgram.FailedExitCode,
            environment: new Dictionary<string, string?> { ["PLATFORM_COLLECTIVES"] = "nccl" });

        var (reason, message) = run.Failure();
        Assert.Equal(FailureReasons.RanksNotAvailable, reason);
        Assert.Contains("Install the package libnccl2", message, StringComparison.Ordinal);
    }

    // One id, made by rank 0 alone, and the same on both.
    private static void AssertJoined(IReadOnlyList<NcclCalls> ranks)
    {
        string[] first = ["ncclGetUniqueId", "ncclCommInitRank", "ncclGetVersion"];
        Assert.Equal(first, ranks[0].Functions.Take(3));
        Assert.Equal(first[1..], ranks[1].Functions.Take(2));
        Assert.Equal($"ncclGetUniqueId {ranks[0].Join.Id}", ranks[0].Lines[0]);
        Assert.Equal(ranks[0].Join.Id, ranks[1].Join.Id);
        Assert.All(ranks, rank => Assert.Equal(2, rank.Join.World));
        foreach (var rank in ranks)
        {
            Assert.Equal($"ncclCommDestroy {rank.Communicator}", rank.Lines[^1]);
            Assert.DoesNotContain("ncclCommAbort", rank.Functions);
        }
    }

    private static void AssertMoves(NcclCalls rank, long parameters)
    {
        var groups = rank.Groups();
        Assert.All(groups.SelectMany(group => group), move =>
        {
            Assert.Equal(move.From, move.To); // In place.
            Assert.Equal(rank.Communicator, move.Communicator);
            Assert.Equal("(nil)", move.Stream); // libtorch's own, so that nothing has to wait by hand.
            Assert.Equal(0, move.Argument); // ncclSum, and rank 0 as the root.
        });

        // Weights once, before the first sum of gradients, so that all begin alike.
        var isWeights = groups.Select(group => group.Exists(move => move.Function == "ncclBroadcast")).ToList();
        var isGradients = groups.Select(group => group.Exists(
            move => move is { Function: "ncclAllReduce", Type: NcclMove.Float32 })).ToList();
        var weights = groups[Assert.Single(isWeights.Index(), entry => entry.Item).Index];
        Assert.True(isWeights.IndexOf(true) < isGradients.IndexOf(true));
        Assert.All(weights, move => Assert.Equal(("ncclBroadcast", NcclMove.Float32), (move.Function, move.Type)));
        Assert.Equal(3 * parameters, weights.Sum(move => move.Count)); // And two moments each.

        // Gradients once a step: one group with all of them, each buffer as large as its weight.
        var gradients = groups.Where((_, i) => isGradients[i]).ToList();
        Assert.Equal(Steps, gradients.Count);
        foreach (var group in gradients)
        {
            Assert.Equal(parameters, group.Sum(move => move.Count));
            Assert.Equal(weights.Take(group.Count).Select(move => move.Count), group.Select(move => move.Count));
            Assert.All(group, move => Assert.Equal(NcclMove.Float32, move.Type));
            var inOrder = group.OrderBy(move => move.Begin).ToList();
            Assert.All(inOrder.Zip(inOrder.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Begin));
            // Not the weights themselves.
            Assert.Empty(group.Select(move => move.From).Intersect(weights.Select(move => move.From)));
        }

        // Everything else is figures: a few doubles.
        Assert.All(groups.Where((_, i) => !isWeights[i] && !isGradients[i]), group =>
        {
            var move = Assert.Single(group);
            Assert.Equal(NcclMove.Float64, move.Type);
            Assert.InRange(move.Count, 1, 16);
        });
    }

    private static IEnumerable<(string Function, long Count, int Type, int Argument)> Shapes(NcclCalls rank) =>
        rank.Groups().SelectMany(group => group).Select(move => move.Shape);
}
