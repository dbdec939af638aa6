using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Sweeps.Figures;

/// <summary>
/// Where an axis' values stand in a figure: evenly, one beside the other, since they are mostly doubled from one to
/// the next.
/// </summary>
internal sealed record AxisScale(string Setting, IReadOnlyList<Value> Values)
{
    public double Span => Values.Count - 1;

    public double PlaceOf(Struct settings) => Values.ToList().IndexOf(settings.Fields[Setting]);

    public FigureAxis ToMessage() => new()
    {
        Name = FigureData.Short(Setting),
        Min = 0,
        Max = Math.Max(1, Span),
        Labels = { Values.Select(SweepTable.Text) },
    };
}
