using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Sweeps;

/// <summary>
/// Lays out the trials of a checked spec: configurations by the strategy, each × data sets × repeats.
/// </summary>
internal sealed class TrialLayout(SweepSpec spec, IReadOnlyList<SettingPath> settings)
{
    /// <summary>Draws of one configuration before its neighbourhood counts as used up.</summary>
    private const int MaxDraws = 1000;

    /// <summary>Configurations of the whole grid, bounded; ranges count once.</summary>
    private long GridSize =>
        spec.Axes.Aggregate(1L, (product, axis) => Math.Min(product * Math.Max(1, axis.Values.Count), 1L << 40));

    private bool IsDrawn => spec.Strategy == Strategy.Random
        || (spec.Strategy == Strategy.SuccessiveHalving && spec.MaxTrials > 0);

    private int TrialsPerConfiguration => spec.Datasets.Count * spec.Repeats;

    private long MaxConfigurations =>
        spec.MaxTrials > 0 ? Math.Max(1, spec.MaxTrials / TrialsPerConfiguration) : long.MaxValue;

    /// <summary>How many trials there will be; drawn ones may be fewer, where there are not so many.</summary>
    public long Count()
    {
        var configurations = spec.Strategy switch
        {
            Strategy.OneAtATime => 1 + spec.Axes.Sum(axis => (long)axis.Values.Count),
            _ when IsDrawn => spec.Axes.Any(axis => axis.Range is not null) ? MaxConfigurations : GridSize,
            _ => GridSize,
        };
        return Math.Min(configurations, MaxConfigurations) * TrialsPerConfiguration;
    }

    /// <summary>The trials, numbered by configuration, then data set, then repeat.</summary>
    /// <param name="id">The sweep's id.</param>
    /// <param name="baseline">The base with every default filled in: what ONE_AT_A_TIME goes round.</param>
    public IReadOnlyList<TrialPlan> LayOut(string id, RunSpec baseline)
    {
        var configurations = spec.Strategy switch
        {
            Strategy.OneAtATime => OneAtATime(baseline),
            _ when IsDrawn => Draw(),
            _ => Grid(),
        };
        var trials = new List<TrialPlan>();
        foreach (var configuration in configurations.Take((int)Math.Min(MaxConfigurations, int.MaxValue)))
        {
            foreach (var dataset in spec.Datasets)
            {
                for (var repeat = 1; repeat <= spec.Repeats; repeat++)
                {
                    var number = trials.Count + 1;
                    trials.Add(new TrialPlan(number, $"{id}-{number}", dataset, configuration) { Repeat = repeat });
                }
            }
        }

        return trials;
    }

    private IEnumerable<Struct> Grid()
    {
        var size = GridSize;
        for (var i = 0L; i < size; i++)
            yield return Cell(i);
    }

    private Struct Cell(long number)
    {
        var configuration = new Struct();
        // The last axis changes fastest.
        for (var a = spec.Axes.Count - 1; a >= 0; a--)
        {
            var axis = spec.Axes[a];
            configuration.Fields[axis.Setting] = axis.Values[(int)(number % axis.Values.Count)];
            number /= axis.Values.Count;
        }

        return configuration;
    }

    private IEnumerable<Struct> OneAtATime(RunSpec baseline)
    {
        var center = new Struct();
        foreach (var setting in settings)
            center.Fields[setting.Text] = setting.Get(baseline);
        yield return center;
        foreach (var axis in spec.Axes)
        {
            foreach (var value in axis.Values.Where(value => !value.Equals(center.Fields[axis.Setting])))
            {
                var configuration = center.Clone();
                configuration.Fields[axis.Setting] = value;
                yield return configuration;
            }
        }
    }

    // A generator of its own seed: the same spec lays out the same trials.
    private IEnumerable<Struct> Draw()
    {
        var random = new Random(unchecked((int)(spec.DrawSeed ^ (spec.DrawSeed >> 32))));
        var seen = new HashSet<Struct>();
        while (true)
        {
            var draws = 0;
            Struct configuration;
            do
            {
                if (draws++ == MaxDraws)
                    yield break;
                configuration = DrawOne(random);
            }
            while (!seen.Add(configuration));
            yield return configuration;
        }
    }

    private Struct DrawOne(Random random)
    {
        var configuration = new Struct();
        for (var a = 0; a < spec.Axes.Count; a++)
        {
            var axis = spec.Axes[a];
            configuration.Fields[axis.Setting] = axis.Range is { } range
                ? Value.ForNumber(DrawFrom(range, settings[a].IsWhole, random.NextDouble()))
                : axis.Values[random.Next(axis.Values.Count)];
        }

        return configuration;
    }

    private static double DrawFrom(AxisRange range, bool whole, double u)
    {
        // Half a unit beyond both ends, so that the ends are as likely as what lies between.
        var (low, high) = whole ? (range.Min - 0.5, range.Max + 0.5) : (range.Min, range.Max);
        if (range.Log && low <= 0)
            low = range.Min;
        var value = range.Log ? low * Math.Pow(high / low, u) : low + ((high - low) * u);
        if (whole)
            value = Math.Round(value);
        // Four digits say all that a drawn number has to say.
        else if (value != 0)
            value = double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return Math.Clamp(value, range.Min, range.Max);
    }
}
