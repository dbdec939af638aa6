namespace Platform.Evals;

/// <summary>
/// Puts examples with their answers in front of items, as lm-evaluation-harness 0.4's default sampler does: one
/// generator a task, seeded once, draws for one item after the other; an item is no example for itself; examples are
/// <c>context, delimiter, answer, blank line</c>.
/// </summary>
/// <param name="task">The task.</param>
/// <param name="pool">What examples are drawn from.</param>
/// <param name="poolIsInput">Whether these are the items that are graded.</param>
/// <param name="count">Examples an item.</param>
/// <param name="seed">Its <c>fewshot_random_seed</c>; 1234 by default there.</param>
public sealed class ExampleSampler(
    EvaluationTask task, IReadOnlyList<EvaluationItem> pool, bool poolIsInput, int count, long seed)
{
    /// <summary>What lm-evaluation-harness seeds with.</summary>
    public const long DefaultSeed = 1234;

    /// <summary>
    /// The same entries with examples. build-nanogpt's definition knows none, so only the other rendering remains.
    /// </summary>
    /// <param name="entries">All entries from the first, so that the generator is where it should be.</param>
    public IEnumerable<TaskEntry> Apply(IEnumerable<TaskEntry> entries)
    {
        var random = new PythonRandom(seed);
        // The harness draws one more where it grades the split that examples come from. It compares the splits' names,
        // and where neither has one they are equal, so it does so too for tasks without a test split.
        var drawn = count + (poolIsInput || !task.HasTestSplit ? 1 : 0);
        foreach (var entry in entries)
        {
            if (entry.Item is not { Harness: TextPrompt prompt } item)
            {
                yield return entry;
                continue;
            }

            var examples = random.Sample(pool.Count, drawn)
                .Select(i => pool[i])
                .Where(example => !(example.Example == item.Example && example.Context == item.Context))
                .Take(count);
            var before = string.Concat(examples.Select(example => example.Example + task.ExampleDelimiter));
            yield return entry with
            {
                Item = item with
                {
                    Plain = null,
                    Harness = prompt with
                    {
                        Rows = [.. prompt.Rows.Select(row => row with { Context = Insert(before, row.Context) })],
                    },
                },
            };
        }
    }

    private string Insert(string examples, string context) =>
        task.Preamble + examples + context[task.Preamble.Length..];
}
