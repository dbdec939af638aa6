using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.FakeSuite;

/// <summary>
/// What the world begins with: one long run under way, others that ended, a sweep half done, and so on.
/// </summary>
internal static class Seed
{
    /// <summary>Fills a world.</summary>
    public static void Fill(World world)
    {
        AddTokenizers(world);
        AddDatasets(world);
        Add(
            world, "stories-base", "Stories, small GPT", 2_000, 2_000, State.Succeeded, 1.9, 26,
            ["baseline", "stories"]);
        Add(
            world, "shakespeare-char", "Shakespeare by characters", 2_000, 2_000, State.Succeeded, 1.4, 20,
            ["nanogpt"]);
        var failed = Add(world, "wide-try", "", 2_000, 431, State.Failed, 2.2, 9, []);
        failed.Run.Error = new()
        {
            Reason = "OUT_OF_MEMORY",
            Message = "The worker was killed while it held 21 GB."
                + " Halve batch.micro_batch_size, or choose a smaller model.",
            Resumable = true,
        };
        failed.Run.StopReason = StopReason.Failed;
        Add(world, "stopped-early", "Stopped by hand", 1_000, 380, State.Cancelled, 2.4, 5, ["stories"]);
        AddSweep(world);
        Add(world, "stories-long", "Stories, long run", 20_000, 6_240, State.Running, 1.7, 0, ["stories", "long"]);
        Add(world, "next-in-line", "Next in line", 400, 0, State.Queued, 2.4, 0, []).Run.QueuePosition = 1;
        Evaluation(world, "stories-endings", "runs/stories-base", ended: true);
        Evaluation(world, "shakespeare-endings", "runs/shakespeare-char", ended: false);
        world.Models.Add(new()
        {
            Name = "runs/stories-base",
            ResolvedName = "runs/stories-base@2000",
            ParameterCount = 10_745_088,
            MemoryBytes = 45_000_000,
            ContextLength = 256,
            VocabularySize = 2_048,
            Device = "cpu",
            LoadTime = World.Now,
            LastUseTime = World.Now,
        });
    }

    /// <summary>A spec with every default filled in, as the service answers it.</summary>
    public static RunSpec Spec(long steps, string dataset) => new()
    {
        Dataset = dataset,
        Model = new()
        {
            NLayer = 6,
            NHead = 6,
            NEmbd = 384,
            BlockSize = 256,
            Bias = true,
            Dropout = 0,
            VocabMultiple = 64,
        },
        MaxSteps = steps,
        Batch = new() { MicroBatchSize = 16, SequenceLength = 256, TokensPerStep = 4_096 },
        Optimizer = new()
        {
            LearningRate = 6e-4,
            MinLearningRate = 6e-5,
            WarmupSteps = steps / 100,
            Schedule = Schedule.Cosine,
            Beta1 = 0.9,
            Beta2 = 0.95,
            Epsilon = 1e-8,
            WeightDecay = 0.1,
            GradientClip = 1,
        },
        Precision = Precision.Fp32,
        Device = "auto",
        Seed = 1337,
        Evaluation = new()
        {
            ValidationInterval = 50,
            ValidationBatches = 20,
            SampleInterval = 100,
            SamplePrompt = "Once upon a time",
        },
        Checkpoint = new() { Interval = 100, KeepLast = 2 },
        Threads = 0,
        MaxRestarts = 3,
    };

    private static FakeRun Add(
        World world,
        string id,
        string title,
        long steps,
        long done,
        State state,
        double floor,
        double hoursAgo,
        string[] tags)
    {
        var run = new FakeRun(new()
        {
            Name = $"runs/{id}",
            DisplayName = title,
            State = State.Running,
            Spec = Spec(steps, "datasets/stories-tokens"),
            ParameterCount = 10_745_088,
            TrainableParameterCount = 10_745_088,
            Attempt = 1,
            Device = "cpu",
        })
        { Floor = floor };
        run.Run.Tags.AddRange(tags);
        var begin = DateTime.UtcNow.AddHours(-hoursAgo).AddSeconds(-done * run.StepSeconds);
        run.Run.CreateTime = Timestamp.FromDateTime(begin.AddSeconds(-4));
        run.Happened("created", "Asked for.", begin.AddSeconds(-4));
        if (state is State.Queued)
        {
            (run.Run.State, run.Run.Attempt, run.Run.Device) = (State.Queued, 0, "");
        }
        else
        {
            run.Run.StartTime = Timestamp.FromDateTime(begin);
            run.Run.InitialValidationLoss = 9.22;
            run.Happened("started", "A worker was started.", begin);
            for (var i = 0; i < done; i++)
                run.Step(begin.AddSeconds(i * run.StepSeconds));
            if (state is not State.Running)
                run.End(state, StopReason.Completed, begin.AddSeconds(done * run.StepSeconds));
        }

        world.Runs[run.Run.Name] = run;
        return run;
    }

    private static void AddSweep(World world)
    {
        var sweep = new Sweep
        {
            Name = "sweeps/lora-rank",
            DisplayName = "LoRA: rank and rate",
            CreateTime = Ago(2),
            StartTime = Ago(2),
            Spec = new() { Base = Spec(300, ""), Objective = Objective.ValidationLoss, Strategy = Strategy.Grid },
        };
        sweep.Spec.Datasets.AddRange(["datasets/reviews", "datasets/instructions"]);
        sweep.Spec.Axes.Add(Axis("lora.rank", 2, 4, 8, 16));
        sweep.Spec.Axes.Add(Axis("optimizer.learning_rate", 1e-4, 3e-4, 1e-3));
        var number = 0;
        foreach (var dataset in sweep.Spec.Datasets)
        {
            foreach (var rank in sweep.Spec.Axes[0].Values)
            {
                foreach (var rate in sweep.Spec.Axes[1].Values)
                    sweep.Trials.Add(Trial(world, sweep, ++number, dataset, rank.NumberValue, rate.NumberValue));
            }
        }

        sweep.TrialCount = sweep.Trials.Count;
        world.Sweeps.Add(sweep);
        Sweeps.Refresh(world, sweep);
    }

    private static Trial Trial(World world, Sweep sweep, int number, string dataset, double rank, double rate)
    {
        var id = $"lora-rank-{number:00}";
        var floor = (dataset.EndsWith("reviews", StringComparison.Ordinal) ? 1.6 : 2.1)
            + (0.25 / rank) + (0.12 * Math.Abs(Math.Log10(rate / 3e-4)));
        var state = number < 18 ? State.Succeeded : number == 18 ? State.Running : State.Queued;
        var done = state is State.Succeeded ? 300 : state is State.Running ? 90 : 0;
        var run = Add(world, id, "", 300, done, state, floor, 1.5, []);
        run.Run.Sweep = sweep.Name;
        run.Run.Spec.Dataset = dataset;
        run.Run.TrainableParameterCount = (long)(rank * 18_432);
        return new()
        {
            Number = number,
            Run = run.Run.Name,
            Dataset = dataset,
            TrainableParameterCount = run.Run.TrainableParameterCount,
            InitialValidationLoss = dataset.EndsWith("reviews", StringComparison.Ordinal) ? 3.02 : 3.41,
            Settings = new()
            {
                Fields =
                {
                    ["lora.rank"] = Value.ForNumber(rank), ["optimizer.learning_rate"] = Value.ForNumber(rate),
                },
            },
        };
    }

    private static Axis Axis(string setting, params double[] values)
    {
        var axis = new Axis { Setting = setting };
        axis.Values.AddRange(values.Select(Value.ForNumber));
        return axis;
    }

    private static void Evaluation(World world, string id, string model, bool ended)
    {
        var evaluation = new Contracts.Eval.V1.Evaluation
        {
            Name = $"evaluations/{id}",
            State = State.Running,
            CreateTime = Ago(3),
            StartTime = Ago(3),
            Spec = new() { Model = model, Task = "hellaswag", Items = "datasets/endings", Limit = ended ? 400 : 4_000 },
        };
        world.Evaluations.Insert(0, evaluation);
        do
            Evaluations.Advance(world, evaluation);
        while (ended && evaluation.State is not State.Succeeded);
    }

    private static void AddTokenizers(World world)
    {
        var trained = new Tokenizer
        {
            Name = "tokenizers/stories-2k",
            State = State.Succeeded,
            VocabularySize = 2_048,
            MergeCount = 1_791,
            Spec = new() { VocabularySize = 2_048, Pattern = "gpt2", MinFrequency = 2, Algorithm = Algorithm.BytePair },
            TrainedBytes = 4_000_000,
            CreateTime = Ago(30),
            StartTime = Ago(30),
            EndTime = Ago(30),
        };
        trained.SpecialTokens.Add(new SpecialToken { Text = "<|endoftext|>", Id = 2_047 });
        var builtIn = new Tokenizer
        {
            Name = "tokenizers/gpt2",
            State = State.Succeeded,
            VocabularySize = 50_257,
            MergeCount = 50_000,
            BuiltIn = true,
        };
        builtIn.SpecialTokens.Add(new SpecialToken { Text = "<|endoftext|>", Id = 50_256 });
        world.Tokenizers.AddRange([trained, builtIn]);
    }

    private static void AddDatasets(World world)
    {
        world.Datasets.Add(Dataset("instructions", DatasetKind.Tokens, 2_000, 410_000, 88_300));
        world.Datasets.Add(Dataset("reviews", DatasetKind.Tokens, 2_000, 620_000, 131_000));
        world.Datasets.Add(Dataset("endings", DatasetKind.Items, 4_000, 1_900_000, 0));
        world.Datasets.Add(Dataset("stories-tokens", DatasetKind.Tokens, 5_210, 4_000_000, 1_010_000));
        world.Datasets.Add(Dataset("stories", DatasetKind.Documents, 5_210, 4_000_000, 0));
    }

    private static Dataset Dataset(string id, DatasetKind kind, long documents, long bytes, long tokens) => new()
    {
        Name = $"datasets/{id}",
        State = State.Succeeded,
        DocumentCount = documents,
        TextBytes = bytes,
        TrainTokens = tokens,
        ValidationTokens = tokens / 100,
        SizeBytes = bytes / 2,
        ShardCount = 2,
        CreateTime = Ago(28),
        EndTime = Ago(28),
        Spec = new() { Kind = kind, Tokenizer = tokens > 0 ? "tokenizers/stories-2k" : "" },
    };

    private static Timestamp Ago(double hours) => Timestamp.FromDateTime(DateTime.UtcNow.AddHours(-hours));
}
