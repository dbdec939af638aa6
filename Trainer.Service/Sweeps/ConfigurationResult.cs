using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Sweeps;

/// <summary>One configuration on one data set.</summary>
/// <param name="Dataset"><c>datasets/{dataset}</c>.</param>
/// <param name="Configuration">Which one, from 0: the same on every data set.</param>
/// <param name="Settings">Its values of the axes' settings.</param>
/// <param name="Trials">Its repeats that succeeded.</param>
/// <param name="Objectives">Their objectives.</param>
internal sealed record ConfigurationResult(
    string Dataset,
    int Configuration,
    Struct Settings,
    IReadOnlyList<Trial> Trials,
    IReadOnlyList<double> Objectives)
{
    /// <summary>Mean over the repeats.</summary>
    public double Mean { get; } = Objectives.Average();

    /// <summary>Standard deviation over the repeats (n − 1); null with one.</summary>
    public double? Deviation => Objectives.Count < 2
        ? null
        : Math.Sqrt(Objectives.Sum(value => (value - Mean) * (value - Mean)) / (Objectives.Count - 1));
}
