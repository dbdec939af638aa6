using Platform.Trainer.Service.Tests.Worker;
using Platform.TrainerHost.Worker;

namespace Platform.Trainer.Service.Tests.Ranks;

/// <summary>Ranks on two hosts, by a file of hosts.</summary>
[Collection(nameof(TorchCollection))]
public sealed class HostTests
{
    public static TheoryData<string, string, string> Flavours => new(
        ("mpich", "mpiexec.hydra", "mpich"), ("openmpi", "mpiexec.openmpi", "openmpi-bin"));

    [Theory]
    [MemberData(nameof(Flavours))]
    public async Task TwoHosts_ARankOnEach_TrainLikeOne(string flavour, string program, string package)
    {
        RankRun.Require(program, package);
        await using var hosts = await TwoHosts.CreateAsync();
        using var one = new TinyRun(spec => RankRun.Configure(spec, ranks: 1));
        Assert.Equal(WorkerProgram.FinishedExitCode, one.Train());
        using var two = new TinyRun(spec => RankRun.Configure(spec, ranks: 2));

        using var process = Start(two, hosts, flavour);
        await RankRun.ExpectAsync(two, process, WorkerProgram.FinishedExitCode);

        Assert.Equal([TwoHosts.Second], hosts.Asked.Distinct());
        Assert.Equal(2, two.Events("model")[0].GetProperty("ranks").GetInt32());
        Assert.InRange(RankRun.Difference(one, two, "train_loss"), 0, 1e-5);
        Assert.InRange(RankRun.Difference(one, two, "validation_loss"), 0, 1e-5);
        Assert.Empty(await TwoHosts.OnSecondAsync());
    }

    [Theory]
    [MemberData(nameof(Flavours))]
    public async Task RankOnTheOtherHostKilled_AttemptEnds(string flavour, string program, string package)
    {
        RankRun.Require(program, package);
        await using var hosts = await TwoHosts.CreateAsync();
        using var run = new TinyRun(spec =>
        {
            RankRun.Configure(spec, ranks: 2);
            spec.MaxSteps = 1_000_000;
        });
        using var process = Start(run, hosts, flavour);
        await Eventually.HoldsAsync(() => run.Series("train_loss").Count >= 3, RankRun.Deadline);

        var rank = Assert.Single(await TwoHosts.OnSecondAsync(), pid => RankRun.IsRankOf(run.Folder, pid));
        RankRun.Kill(rank);
        var exit = await process.Exited.WaitAsync(RankRun.EndsWithin, TestContext.Current.CancellationToken);

        Assert.NotEqual(WorkerProgram.FinishedExitCode, exit.Code ?? -1);
        Assert.Single(run.Events("rank_died"));
        await Eventually.HoldsAsync(
            async () => (await TwoHosts.OnSecondAsync()).Count == 0, text: "nothing is left there");
    }

    private static Workers.WorkerProcess Start(TinyRun run, TwoHosts hosts, string flavour) => RankRun.Start(
        run, 1, hosts.Environment(flavour), hosts.Prefix, "--hosts", hosts.HostFile(flavour));
}
