namespace Platform.Evals;

/// <summary>A way to make items of an input, and what counts in the end.</summary>
public abstract class EvaluationTask
{
    /// <summary>Its name in specs.</summary>
    public abstract string Name { get; }

    /// <summary>Changes whenever the same input would give other figures.</summary>
    public abstract int Version { get; }

    /// <summary>The figure that stands for the task; by its rule items are right or wrong.</summary>
    public abstract string Metric { get; }

    /// <summary>What it asks, in a line.</summary>
    public abstract string Description { get; }

    /// <summary>What a guess reaches; null where that is not one number.</summary>
    public virtual double? Chance => null;

    /// <summary>Whether items may be preceded by examples with their answers.</summary>
    public virtual bool TakesExamples => true;

    /// <summary>What stands between examples.</summary>
    public virtual string ExampleDelimiter => "\n\n";

    /// <summary>What stands before all examples, or before the item where there are none.</summary>
    public virtual string Preamble => "";

    /// <summary>
    /// Whether lm-evaluation-harness grades a split called test. Where it does not, its sampler draws one example more
    /// than asked for.
    /// </summary>
    public virtual bool HasTestSplit => false;

    /// <summary>All entries of an input in order, bad ones among them with their reason.</summary>
    /// <param name="path">The input file.</param>
    /// <param name="reading">What else a task may need.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public abstract IEnumerable<TaskEntry> Read(string path, TaskReading reading);
}
