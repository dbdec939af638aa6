using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Components;
using Platform.Dashboard.Runs;

namespace Platform.Dashboard.Tests.Runs;

public sealed class RunFactsTests : BunitContext
{
    public RunFactsTests() => Services.AddSingleton(TimeProvider.System);

    [Fact]
    public void Render_EndedRun_HasWhatItTookBesideTheEstimate()
    {
        var run = new Run
        {
            Estimate = new RunEstimate { Seconds = 120, StepSeconds = 2, FlopsPerStep = 2e12, MemoryBytes = 3L << 30 },
            Usage = new RunUsage { Seconds = 150, StepSeconds = 3, FlopsPerStep = 1e12, MemoryBytes = 2L << 30 },
        };

        var figures = Render<RunFacts>(p => p.Add(f => f.Run, run)).FindAll(".figure")
            .ToDictionary(f => f.Children[0].TextContent, f => f.Children[1].TextContent);

        Assert.Equal(Format.Duration(120), figures["Estimated"]);
        Assert.Equal($"{Format.Duration(3)} ({Format.Duration(2)})", figures["A step"]);
        Assert.Equal($"{Format.Short(1e12)} ({Format.Short(2e12)})", figures["FLOPs a step"]);
        Assert.Equal($"{Format.Bytes(2L << 30)} ({Format.Bytes(3L << 30)})", figures["Memory"]);
    }

    [Fact]
    public void Render_RunWithoutAnEstimate_LeavesItOut()
    {
        var facts = Render<RunFacts>(p => p.Add(f => f.Run, new Run()));

        Assert.DoesNotContain("Estimated", facts.Markup, StringComparison.Ordinal);
    }
}
