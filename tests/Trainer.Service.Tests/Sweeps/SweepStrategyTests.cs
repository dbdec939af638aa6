using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Specs;
using Platform.Trainer.Service.Tests.Hosting;

namespace Platform.Trainer.Service.Tests.Sweeps;

public sealed class SweepStrategyTests
{
    private const string Rate = "optimizer.learning_rate";

    [Fact]
    public async Task LoraStudy_OnTwoDatasets_LaysOutTheStudys17TrialsOnEach()
    {
        await using var suite = Suite.Start(s => s.WriteDataset("reviews"));
        await suite.UntilAsync(await suite.CreateAsync("base"), State.Succeeded);
        var request = new CreateSweepRequest { SweepId = "study", Preset = "lora-study", Spec = new SweepSpec() };
        request.Spec.Base = Suite.Spec();
        (request.Spec.Base.Model, request.Spec.Base.BaseModel) = (null, "runs/base");
        request.Spec.Datasets.AddRange(["datasets/letters", "datasets/reviews"]);
        // The base is only 16 wide.
        var sweep = (await suite.Sweeps.CreateSweepAsync(request, cancellationToken: Suite.Cancel)).Sweep;

        Assert.Equal(34, sweep.TrialCount);
        var distinct = sweep.Trials.Select(trial => trial.Settings).Distinct().ToList();
        Assert.Equal(17, distinct.Count);
        Assert.Equal((4, 1, 0.05), (
            distinct[0].Fields["lora.rank"].NumberValue,
            distinct[0].Fields["lora.alpha"].NumberValue,
            distinct[0].Fields["lora.dropout"].NumberValue));
        Assert.All(distinct.Skip(1), settings => Assert.Single(
            settings.Fields, field => !field.Value.Equals(distinct[0].Fields[field.Key])));
        Assert.Equal(LoraBias.LoraOnly, sweep.Spec.Base.Lora.Bias);
        await suite.Sweeps.CancelSweepAsync(
            new CancelSweepRequest { Name = sweep.Name }, cancellationToken: Suite.Cancel);
    }

    [Theory]
    [InlineData("lora-random", "", 48)]
    [InlineData("lora-study", "lora-study", 34)]
    public async Task CreateSweep_ExampleFile_LaysOutItsTrials(string example, string preset, int trials)
    {
        await using var suite = Suite.Start(s =>
        {
            s.WriteDataset("imdb");
            s.WriteDataset("alpaca");
        });
        await suite.UntilAsync(await suite.CreateAsync("base"), State.Succeeded);
        var request = new CreateSweepRequest { Preset = preset, Spec = new SweepSpec { Base = new RunSpec() } };
        SpecFile.ReadInto(request.Spec, Path.Combine(RepositoryRoot.Path, "examples", example + ".yaml"));
        var sweep = (await suite.Sweeps.CreateSweepAsync(request, cancellationToken: Suite.Cancel)).Sweep;
        await suite.Sweeps.CancelSweepAsync(
            new CancelSweepRequest { Name = sweep.Name }, cancellationToken: Suite.Cancel);

        Assert.Equal(trials, sweep.TrialCount);
    }

    [Fact]
    public async Task Random_RangesAndValues_AreDrawnOnceEachAndTheSameEveryTime()
    {
        await using var suite = Suite.Start();
        var drawn = new List<Sweep>();
        foreach (var id in new[] { "dice", "again" })
        {
            drawn.Add(await CreateAsync(suite, id, spec =>
            {
                spec.Strategy = Strategy.Random;
                spec.MaxTrials = 12;
                spec.Axes.Add(new Axis
                {
                    Setting = Rate,
                    Range = new AxisRange { Min = 1e-4, Max = 1e-1, Log = true },
                });
                spec.Axes.Add(new Axis { Setting = "seed", Range = new AxisRange { Min = 1, Max = 2 } });
            }));
            await suite.Sweeps.CancelSweepAsync(
                new CancelSweepRequest { Name = $"sweeps/{id}" }, cancellationToken: Suite.Cancel);
        }

        Assert.Equal(12, drawn[0].Trials.Select(trial => trial.Settings).Distinct().Count());
        Assert.All(drawn[0].Trials, trial =>
        {
            Assert.InRange(trial.Settings.Fields[Rate].NumberValue, 1e-4, 1e-1);
            Assert.Contains(trial.Settings.Fields["seed"].NumberValue, new double[] { 1, 2 });
        });
        Assert.Equal(drawn[0].Trials.Select(trial => trial.Settings), drawn[1].Trials.Select(trial => trial.Settings));
    }

    [Fact]
    public async Task Random_MoreTrialsThanThereAre_TakesEachOnce()
    {
        await using var suite = Suite.Start();
        var sweep = await CreateAsync(suite, "few", spec =>
        {
            spec.Strategy = Strategy.Random;
            spec.MaxTrials = 50;
            spec.Axes.Add(Axis("seed", 1, 2, 3));
        });
        Assert.Equal(3, sweep.TrialCount);
    }

    [Fact]
    public async Task SuccessiveHalving_NineTrials_ThirdsGoOnAndTheRestIsPruned()
    {
        await using var suite = Suite.Start(s =>
        {
            for (var number = 1; number <= 9; number++)
                s.Script($"asha-{number}", new() { ["Offset"] = number / 10.0 });
        });
        await CreateAsync(suite, "asha", spec =>
        {
            spec.Strategy = Strategy.SuccessiveHalving;
            spec.Base.MaxSteps = 18;
            spec.Halving = new HalvingSpec { MinSteps = 2 };
            spec.Axes.Add(Axis("seed", 1, 2, 3, 4, 5, 6, 7, 8, 9));
        });
        var sweep = await UntilAsync(suite, "sweeps/asha", State.Succeeded);

        Assert.Equal([18, 6, 6, 2, 2, 2, 2, 2, 2], sweep.Trials.Select(trial => (int)trial.Step));
        Assert.Equal([false], sweep.Trials.Where(trial => trial.Step == 18).Select(trial => trial.Pruned));
        Assert.Equal(8, sweep.Trials.Count(trial => trial.Pruned));
        Assert.Equal(1, Assert.Single(sweep.Best).Trial);
        var pruned = await suite.GetAsync("runs/asha-4");
        Assert.Equal((StopReason.Pruned, 18L), (pruned.StopReason, pruned.Spec.Optimizer.ScheduleSteps));
        Assert.Equal(StopReason.Completed, (await suite.GetAsync("runs/asha-1")).StopReason);
    }

    [Fact]
    public async Task Repeats_WithNoise_AreAveragedAndTold()
    {
        await using var suite = Suite.Start(s =>
        {
            s.Script("thrice-2", new() { ["Offset"] = 0.3 });
            foreach (var number in new[] { 4, 5, 6 })
                s.Script($"thrice-{number}", new() { ["Offset"] = 2 });
        });
        await CreateAsync(suite, "thrice", spec =>
        {
            spec.Repeats = 3;
            spec.Axes.Add(Axis(Rate, 0.3, 0.2));
        });
        var sweep = await UntilAsync(suite, "sweeps/thrice", State.Succeeded);
        Assert.Equal([1, 2, 3, 1, 2, 3], sweep.Trials.Select(trial => trial.Repeat));
        Assert.Equal(
            [1337L, 1338, 1339],
            (await Task.WhenAll(new[] { 1, 2, 3 }.Select(i => suite.GetAsync($"runs/thrice-{i}"))))
                .Select(run => run.Spec.Seed));
        var results = await suite.Sweeps.GetSweepResultsAsync(
            new GetSweepResultsRequest { Name = "sweeps/thrice" }, cancellationToken: Suite.Cancel);

        Assert.Equal([3, 3], results.Results.Select(result => result.TrialCount));
        Assert.Equal(0.3, results.Results[0].Settings.Fields[Rate].NumberValue);
        Assert.True(results.Results[0].Deviation > 0.1);
        Assert.Equal(results.Results[0].Mean, results.Best[0].Objective);
        var axis = Assert.Single(results.Importance);
        Assert.Equal((Rate, 1.0), (axis.Setting, axis.Share));
        Assert.Equal([0.2, 0.3], axis.Values.Select(value => value.NumberValue));
        Assert.Contains(results.Verdict, line => line.Contains("learning_rate moves", StringComparison.Ordinal)
            && line.Contains("beyond noise", StringComparison.Ordinal));
        Assert.Contains(results.Verdict, line => line.StartsWith("Seeds move", StringComparison.Ordinal));
        await CheckFiguresAsync(suite, "sweeps/thrice");
    }

    [Fact]
    public async Task MaxSeconds_Over_BeginsNoFurtherTrialAndKeepsWhatThereIs()
    {
        await using var suite = Suite.Start(s => s.Script("short-2", new() { ["HoldAt"] = 3 }));
        await CreateAsync(suite, "short", spec =>
        {
            spec.MaxSeconds = 0.05;
            spec.Axes.Add(Axis("seed", 1, 2, 3));
        });
        var held = false;
        await Eventually.HoldsAsync(
            async () =>
            {
                var sweep = (await suite.Sweeps.GetSweepAsync(
                    new GetSweepRequest { Name = "sweeps/short" }, cancellationToken: Suite.Cancel)).Sweep;
                // Whether the second trial has begun by then is the machine's affair.
                if (!held && sweep.LimitReached)
                {
                    suite.Go("short-2");
                    held = true;
                }

                return sweep.LimitReached && sweep.State == State.Succeeded
                    && sweep.Trials[2].State == State.Cancelled;
            },
            text: "the time is up");
    }

    [Fact]
    public async Task CreateSweep_StrategyMistakes_NameTheFields()
    {
        await using var suite = Suite.Start();
        Assert.Equal(["preset"], await FieldsAsync(request => request.Preset = "lora"));
        Assert.Equal(
            ["spec.repeats", "spec.max_seconds", "spec.max_trials"],
            await FieldsAsync(request =>
            {
                request.Spec.Strategy = Strategy.Random;
                request.Spec.Repeats = 0;
                request.Spec.MaxSeconds = -1;
            }));
        Assert.Equal(["spec.pack"], await FieldsAsync(request => request.Spec.Pack = 65));
        Assert.Equal(["spec.axes"], await FieldsAsync(request => request.Spec.Axes.Clear()));
        Assert.Equal(["spec.axes[0].values"], await FieldsAsync(request => request.Spec.Axes[0].Values.Clear()));
        Assert.Equal(
            ["spec.halving.reduction"],
            await FieldsAsync(request =>
            {
                request.Spec.Strategy = Strategy.SuccessiveHalving;
                request.Spec.Halving = new HalvingSpec { Reduction = 1 };
            }));
        Assert.Equal(
            ["spec.axes[0].range", "spec.axes[0].range.max"],
            await FieldsAsync(request => request.Spec.Axes[0] = new Axis
            {
                Setting = Rate,
                Range = new AxisRange { Min = 2, Max = 1 },
            }));
        Assert.Equal(
            ["spec.axes[0].setting"],
            await FieldsAsync(request =>
            {
                request.Spec.Repeats = 2;
                request.Spec.Axes[0] = Axis("seed", 1, 2);
            }));

        async Task<IEnumerable<string>> FieldsAsync(Action<CreateSweepRequest> change)
        {
            var request = new CreateSweepRequest { Spec = new SweepSpec { Base = Suite.Spec() } };
            request.Spec.Axes.Add(Axis(Rate, 0.1, 0.2));
            change(request);
            var failure = await Suite.FailureAsync(
                suite.Sweeps.CreateSweepAsync(request, cancellationToken: Suite.Cancel));
            Assert.Equal(StatusCode.InvalidArgument, failure.Code);
            return failure.Fields;
        }
    }

    private static async Task CheckFiguresAsync(Suite suite, string name)
    {
        var request = new GetSweepFiguresRequest { Name = name, Svg = true, Png = true };
        var answer = await suite.Sweeps.GetSweepFiguresAsync(request, cancellationToken: Suite.Cancel);
        Assert.Equal(
            ["objective", "final-loss", "parameters", "learning_rate-loss", "parallel", "curves-letters"],
            answer.Figures.Select(figure => figure.Key));
        Assert.All(answer.Figures, figure =>
        {
            var picture = System.Xml.Linq.XDocument.Parse(figure.Svg);
            Assert.DoesNotContain("NaN", figure.Svg, StringComparison.Ordinal);
            Assert.True(picture.Root!.Elements().Count() > 5);
            using var drawn = SkiaSharp.SKBitmap.Decode(figure.Png.Span);
            Assert.Equal((1440, 800), (drawn.Width, drawn.Height));
        });
        (request.Svg, request.Png) = (false, false);
        request.Keys.Add("parallel");
        answer = await suite.Sweeps.GetSweepFiguresAsync(request, cancellationToken: Suite.Cancel);
        var parallel = Assert.Single(answer.Figures);
        Assert.Equal(("parallel", "", true), (parallel.Key, parallel.Svg, parallel.Png.IsEmpty));
    }

    private static Axis Axis(string setting, params double[] values) =>
        new() { Setting = setting, Values = { values.Select(Value.ForNumber) } };

    private static async Task<Sweep> CreateAsync(Suite suite, string id, Action<SweepSpec> change)
    {
        var request = new CreateSweepRequest { SweepId = id, Spec = new SweepSpec { Base = Suite.Spec() } };
        change(request.Spec);
        return (await suite.Sweeps.CreateSweepAsync(request, cancellationToken: Suite.Cancel)).Sweep;
    }

    private static async Task<Sweep> UntilAsync(Suite suite, string name, State state)
    {
        Sweep? last = null;
        await Eventually.HoldsAsync(
            async () => (last = (await suite.Sweeps.GetSweepAsync(
                new GetSweepRequest { Name = name }, cancellationToken: Suite.Cancel)).Sweep).State == state,
            text: $"{name} is {state}");
        return last!;
    }
}
