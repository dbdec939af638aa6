using System.Globalization;
using Microsoft.AspNetCore.Components;
using Platform.Contracts.Eval.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Evaluations;

/// <summary>Two evaluations of the same items: who is right where, and whether the difference means anything.</summary>
public sealed partial class ComparePage(EvaluationsClient evaluations)
{
    private const int PageSize = 20;

    private static readonly (FlipDirection Direction, string Name)[] _directions =
    [
        (FlipDirection.Unspecified, "both ways"), (FlipDirection.Gained, "gained"), (FlipDirection.Lost, "lost"),
    ];

    private readonly List<KeyValuePair<string, string>> _options = [];
    private CompareEvaluationsResponse? _answer;
    private CallFailure? _failure;
    private (string, string, FlipDirection, int) _shown;

    [SupplyParameterFromQuery(Name = "first")]
    private string? FirstQuery { get; set; }

    [SupplyParameterFromQuery(Name = "second")]
    private string? SecondQuery { get; set; }

    [SupplyParameterFromQuery(Name = "flips")]
    private string? FlipsQuery { get; set; }

    [SupplyParameterFromQuery(Name = "page")]
    private int? PageQuery { get; set; }

    [SupplyParameterFromQuery(Name = "item")]
    private int? ItemQuery { get; set; }

    private string First => FirstQuery ?? "";

    private string Second => SecondQuery ?? "";

    private int Page => Math.Max(1, PageQuery ?? 1);

    private FlipDirection Direction => _directions.FirstOrDefault(d => d.Name == FlipsQuery).Direction;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        var (list, failure) = await evaluations.ListAsync(Closed);
        _failure = failure;
        _options.Add(new("", "choose"));
        _options.AddRange((list ?? []).Where(e => e.ExampleCount > 0).Select(e => KeyValuePair.Create(
            Format.Id(e.Name),
            $"{Format.Title(e.DisplayName, e.Name)}: {EvaluationWords.Model(e)}, {EvaluationWords.Task(e)}")));
    }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        var wanted = (First, Second, Direction, Page);
        if (wanted == _shown || First.Length == 0 || Second.Length == 0)
            return;
        _shown = wanted;
        var (answer, failure) = await ReadAsync();
        if (wanted == _shown)
            (_answer, _failure) = (answer, failure);
    }

    private static string Signed(double value) =>
        (value * 100).ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture) + " %";

    private static string P(double value) =>
        value.ToString(value < 0.001 ? "0.#e-0" : "0.000", CultureInfo.InvariantCulture);

    private static string Meaning(double pValue) =>
        pValue < 0.05 ? "the flips are too unequal for chance" : "chance explains it";

    private static string Unmatched(CompareEvaluationsResponse answer) =>
        answer.UnmatchedCount > 0 ? $", {Format.Count(answer.UnmatchedCount)} not in both" : "";

    // Page tokens are opaque, so a page deep in is reached over those before it.
    private async Task<(CompareEvaluationsResponse? Answer, CallFailure? Failure)> ReadAsync()
    {
        var request = new CompareEvaluationsRequest
        {
            First = "evaluations/" + First,
            Second = "evaluations/" + Second,
            Direction = Direction,
            PageSize = PageSize,
        };
        for (var page = 1; ; page++)
        {
            var (answer, failure) = await evaluations.CompareAsync(request, Closed);
            if (answer is null || page >= Page || answer.NextPageToken.Length == 0)
                return (answer, failure);
            request.PageToken = answer.NextPageToken;
        }
    }

    private void ShowFlips(FlipDirection direction, string name) => SetQuery(
        ("flips", direction == FlipDirection.Unspecified ? null : name), ("page", null), ("item", null));

    private void Choose(string first, string second) => SetQuery(
        ("first", first.Length == 0 ? null : first), ("second", second.Length == 0 ? null : second), ("page", null));
}
