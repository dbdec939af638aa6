using System.CommandLine;
using Platform.Contracts.Trainer.V1;
using Platform.Specs;

namespace Platform.Cli.Commands;

/// <summary>A run's spec as people give it: a YAML file, flags on top of it, then single settings.</summary>
internal sealed class AskedSpec
{
    private readonly Argument<string?> _file = Ask.SpecFile();
    private readonly Option<string?> _dataset = new("--dataset") { Description = "datasets/ID with token shards." };
    private readonly Option<string?> _base =
        new("--base") { Description = "Start from runs/ID, runs/ID@STEP or path:FOLDER." };

    private readonly Option<long?> _steps = new("--steps") { Description = "Optimizer steps." };
    private readonly Option<string[]> _set = Ask.Set();

    /// <summary>What the command line takes for it.</summary>
    public IReadOnlyList<Symbol> Symbols => [_file, _dataset, _base, _steps, _set];

    /// <summary>The spec that was given.</summary>
    public RunSpec Read(CommandContext context)
    {
        var spec = new RunSpec();
        if (context.Get(_file) is { } file)
            SpecFile.ReadInto(spec, file);
        if (context.Get(_dataset) is { } dataset)
            spec.Dataset = Ask.Full("datasets", dataset);
        if (context.Get(_base) is { } source)
            spec.BaseModel = Ask.Full("runs", source);
        if (context.Get(_steps) is { } steps)
            spec.MaxSteps = steps;
        foreach (var assignment in context.Get(_set) ?? [])
            SpecAssignment.Apply(spec, assignment);
        return spec;
    }
}
