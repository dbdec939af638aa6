using Google.Protobuf.WellKnownTypes;

namespace Platform.TrainerHost.Sweeps;

/// <summary>One trial as it was laid out.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Run">Id of the run that carries it out.</param>
/// <param name="Dataset"><c>datasets/{dataset}</c>.</param>
/// <param name="Settings">Its values of the axes' settings, by path.</param>
internal sealed record TrialPlan(int Number, string Run, string Dataset, Struct Settings)
{
    /// <summary>Which repeat of its settings, from 1.</summary>
    public int Repeat { get; init; } = 1;
}
