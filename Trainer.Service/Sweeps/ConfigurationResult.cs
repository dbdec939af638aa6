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
    public double? Deviation => DeviationOf(Objectives);

    /// <summary>Standard deviation of values (n − 1); null with fewer than two.</summary>
    public static double? DeviationOf(IReadOnlyCollection<double> values)
    {
        if (values.Count < 2)
            return null;
        var mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
    }
}
