using System.CommandLine;
using Platform.Benchmarks;

// Each benchmark is a verb; see `benchmarks -- list`.
var root = new RootCommand("Timings of the platform's parts; prints one JSON object a line.");
root.Subcommands.Add(GemmBenchmark.Create());
root.Subcommands.Add(TrainStepBenchmark.Create());
root.Subcommands.Add(TrainMemoryBenchmark.Create());
root.Subcommands.Add(LoraStepBenchmark.Create());
root.Subcommands.Add(PackedTrialsBenchmark.Create());
foreach (var command in RunBenchmarks.Create())
    root.Subcommands.Add(command);
root.Subcommands.Add(MetricsBenchmark.Create());
foreach (var command in ServingBenchmarks.Create())
    root.Subcommands.Add(command);
root.Subcommands.Add(GrpcOverheadBenchmark.Create());
root.Subcommands.Add(TokenizerTrainBenchmark.Create());
root.Subcommands.Add(TokenizerEncodeBenchmark.Create());
root.Subcommands.Add(ShardsBenchmark.Create());
root.Subcommands.Add(HellaSwagBenchmark.Create());
root.Subcommands.Add(ListVerb.Create(root));
return root.Parse(args).Invoke();
