using System.Globalization;
using Microsoft.AspNetCore.Components;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Comparison;

/// <summary>Reads the newest samples of each run and shows those of one step.</summary>
public sealed partial class CompareSamples(RunsClient runs)
{
    private readonly Dictionary<string, IReadOnlyList<Sample>> _samples = [];
    private List<(long Step, int Runs)> _steps = [];
    private CallFailure? _failure;
    private string _read = "";

    /// <summary>The runs.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<Run> Runs { get; set; } = [];

    /// <summary>The step; null: the last one at which most runs have samples.</summary>
    [Parameter]
    public long? Step { get; set; }

    /// <summary>Is told a change of <see cref="Step"/>.</summary>
    [Parameter]
    public EventCallback<long?> StepChanged { get; set; }

    private long Chosen => Step is { } step && _steps.Any(s => s.Step == step)
        ? step
        : _steps.OrderByDescending(s => s.Runs).ThenByDescending(s => s.Step).First().Step;

    private IReadOnlyList<KeyValuePair<string, string>> StepOptions =>
        [.. _steps.Select(s => KeyValuePair.Create($"{s.Step}", NameOf(s.Step, s.Runs)))];

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        // Samples come seldom; they are read again when a run has ended, or others are compared.
        var wanted = string.Join(' ', Runs.Select(r => $"{r.Name}:{r.State}"));
        if (_read == wanted)
            return;
        _read = wanted;
        var answers = await Task.WhenAll(
            Runs.Select(async r => (r.Name, Answer: await runs.ListSamplesAsync(r.Name, Closed))));
        _failure = answers.Select(a => a.Answer.Failure).FirstOrDefault(f => f is { Kind: not FailureKind.Cancelled });
        _samples.Clear();
        foreach (var (name, answer) in answers)
            _samples[name] = answer.Value ?? [];
        _steps =
        [
            .. _samples.Values.SelectMany(s => s.Select(x => x.Step).Distinct()).CountBy(s => s)
                .Select(s => (s.Key, s.Value)).OrderByDescending(s => s.Key),
        ];
    }

    private IEnumerable<Sample> SamplesOf(Run run) =>
        _samples.GetValueOrDefault(run.Name, []).Where(s => s.Step == Chosen).OrderBy(s => s.Index);

    private string NameOf(long step, int runsWithSamples) => runsWithSamples == Runs.Count
        ? Format.Count(step)
        : $"{Format.Count(step)} ({runsWithSamples} of {Runs.Count} runs)";

    private Task ChooseAsync(string step) =>
        StepChanged.InvokeAsync(long.Parse(step, CultureInfo.InvariantCulture));
}
