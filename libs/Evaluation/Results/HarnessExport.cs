using System.Globalization;
using System.Text.Json.Nodes;

namespace Platform.Evals;

/// <summary>
/// Figures and items in lm-evaluation-harness's own forms, so that its tables and readers take them. Its figures stand
/// under its names with the filter <c>none</c>; build-nanogpt's have the filter <c>build-nanogpt</c>.
/// </summary>
public static class HarnessExport
{
    private const string HarnessFilter = "none";
    private const string PlainFilter = "build-nanogpt";

    /// <summary><c>results.json</c>.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="version">Its version.</param>
    /// <param name="shots">Examples an item.</param>
    /// <param name="metrics">The figures.</param>
    /// <param name="counts">Items there are, and those graded.</param>
    /// <param name="config">What was asked: model, limit and the like.</param>
    public static JsonObject Results(
        string task,
        int version,
        int shots,
        IReadOnlyList<MetricValue> metrics,
        (int Original, int Effective) counts,
        JsonObject config)
    {
        var values = new JsonObject { ["alias"] = task };
        var better = new JsonObject();
        foreach (var metric in metrics)
        {
            var (name, filter) = NameOf(metric.Name);
            values[$"{name},{filter}"] = metric.Value;
            values[$"{name}_stderr,{filter}"] = metric.StandardError;
            better[name] = MetricNames.IsHigherBetter(metric.Name);
        }

        return new JsonObject
        {
            ["results"] = new JsonObject { [task] = values },
            ["group_subtasks"] = new JsonObject { [task] = new JsonArray() },
            ["configs"] = new JsonObject { [task] = new JsonObject { ["task"] = task, ["num_fewshot"] = shots } },
            ["versions"] = new JsonObject { [task] = version },
            ["n-shot"] = new JsonObject { [task] = shots },
            ["higher_is_better"] = new JsonObject { [task] = better },
            ["n-samples"] = new JsonObject
            {
                [task] = new JsonObject { ["original"] = counts.Original, ["effective"] = counts.Effective },
            },
            ["config"] = config,
        };
    }

    /// <summary>A line of <c>samples.jsonl</c>.</summary>
    public static JsonObject Sample(GradedItem item)
    {
        var line = new JsonObject
        {
            ["doc_id"] = item.Index,
            ["doc"] = new JsonObject
            {
                ["activity_label"] = item.Activity,
                ["ctx"] = item.Context,
                ["endings"] = new JsonArray([.. item.Endings.Select(ending => (JsonNode)ending.Text)]),
                ["label"] = item.Gold,
            },
            ["target"] = item.Gold.ToString(CultureInfo.InvariantCulture),
        };
        if (Arguments(item) is { } arguments)
            line["arguments"] = arguments;
        var responses = item.Endings
            .Where(ending => ending.HarnessLogProbability is not null)
            .Select(ending => (JsonNode)new JsonArray(
                ending.HarnessLogProbability!.Value.ToString("R", CultureInfo.InvariantCulture),
                ending.Greedy == true ? "True" : "False"))
            .ToList();
        line["resps"] = new JsonArray([.. responses.Select(response => (JsonNode)new JsonArray(response.DeepClone()))]);
        line["filtered_resps"] = new JsonArray([.. responses]);
        line["filter"] = HarnessFilter;
        foreach (var rule in Enum.GetValues<ChoiceRule>())
        {
            if (item.ChoiceBy(rule) is not { } choice)
                continue;
            var (name, filter) = NameOf(MetricNames.Of(rule));
            line[filter == HarnessFilter ? name : $"{name},{filter}"] = choice == item.Gold ? 1.0 : 0.0;
        }

        if (item.Endings is [{ Greedy: { } greedy } only])
            (line["acc"], line["perplexity"]) = (greedy ? 1.0 : 0.0, only.HarnessLogProbability);
        if (item.Endings.Any(ending => ending.LogProbability is not null))
        {
            line["build_nanogpt"] = new JsonArray([.. item.Endings.Select(ending => (JsonNode)new JsonObject
            {
                ["log_probability"] = ending.LogProbability,
                ["tokens"] = ending.TokenCount,
            })]);
        }

        return line;
    }

    // As the harness has them: one entry a request, each with the context and what is scored behind it.
    private static JsonObject? Arguments(GradedItem item)
    {
        var arguments = new JsonObject();
        foreach (var (i, ending) in item.Endings.Index())
        {
            if ((ending.HarnessContext ?? item.HarnessContext) is not { } context
                || ending.HarnessContinuation is not { } continuation)
                return null;
            arguments[string.Create(CultureInfo.InvariantCulture, $"gen_args_{i}")] =
                new JsonObject { ["arg_0"] = context, ["arg_1"] = continuation };
        }

        return arguments;
    }

    private static (string Name, string Filter) NameOf(string metric) => metric switch
    {
        MetricNames.Acc or MetricNames.AccNorm => (metric, PlainFilter),
        _ => (metric.Replace("_harness", "", StringComparison.Ordinal), HarnessFilter),
    };
}
