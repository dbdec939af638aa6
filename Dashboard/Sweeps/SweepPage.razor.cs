using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;
using Platform.Dashboard.Layout;

namespace Platform.Dashboard.Sweeps;

/// <summary>One sweep, live: its trials as a chart and a table, and the best of them.</summary>
public sealed partial class SweepPage(
    SweepsClient sweeps, Browser browser, IDialogService dialogs, ISnackbar snackbar)
{
    private readonly SortedDictionary<int, Trial> _trials = [];
    private Sweep? _sweep;
    private GetSweepResultsResponse? _results;
    private bool _deleted;
    private string? _followed;
    private Link _link = Link.Connecting;

    /// <summary>The sweep's id.</summary>
    [Parameter]
    public string Id { get; set; } = "";

    [SupplyParameterFromQuery(Name = "sort")]
    private string? OrderQuery { get; set; }

    [SupplyParameterFromQuery(Name = "trials")]
    private string? ChosenQuery { get; set; }

    [SupplyParameterFromQuery(Name = "rows")]
    private string? RowsQuery { get; set; }

    [SupplyParameterFromQuery(Name = "columns")]
    private string? ColumnsQuery { get; set; }

    private IReadOnlyCollection<int>? Chosen =>
        InQuery("trials", ChosenQuery) is { } text ? NumberRanges.Read(text) : null;

    private string Name => "sweeps/" + Id;

    private string Title => _sweep is null ? Id : Format.Title(_sweep.DisplayName, _sweep.Name);

    private string Order => InQuery("sort", OrderQuery) ?? "objective";

    private int Ended => _trials.Values.Count(t => t.State.HasEnded());

    private int Failed => _trials.Values.Count(t => t.State is State.Failed);

    private int Running => _trials.Values.Count(t => t.State is State.Running);

    private IReadOnlyList<string> Axes => [.. (_sweep?.Spec?.Axes ?? []).Select(a => a.Setting)];

    // By the means over repeats, as the service has them: over all data sets first.
    private IEnumerable<BestTrial> Best =>
        (_results?.Best ?? _sweep!.Best).OrderBy(b => b.Dataset, StringComparer.Ordinal);

    private IEnumerable<Trial> Sorted
    {
        get
        {
            var falling = Order.EndsWith(" desc", StringComparison.Ordinal);
            var key = falling ? Order[..^" desc".Length] : Order;
            var chosen = Chosen;
            var shown = _trials.Values.Where(t => chosen is null || chosen.Contains(t.Number));

            // What has no figure stands at the end either way.
            var sorted = shown.OrderBy(t => KeyOf(t, key).Number is double.MaxValue);
            return falling ? sorted.ThenByDescending(t => KeyOf(t, key)) : sorted.ThenBy(t => KeyOf(t, key));
        }
    }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (_followed == Id)
            return;
        (_followed, _sweep, _results, _deleted) = (Id, null, null, false);
        _trials.Clear();
        _ = FollowWorkAsync(
            "trainer",
            token => sweeps.Watch(Name, token),
            Receive,
            token => sweeps.WatchInList(Name, token),
            ReceiveEnded,
            sweep => sweep.State,
            link => _link = link);
    }

    private static string Remark(Trial trial) =>
        (trial.Pruned ? " pruned" : "") + (trial.Retries > 0 ? " after a retry" : "");

    private static string Gain(Sweep sweep, Trial trial) =>
        sweep.Spec?.Objective is not Objective.FinalLoss
            && trial is { HasInitialValidationLoss: true, HasValidationLoss: true }
            ? (trial.ValidationLoss - trial.InitialValidationLoss)
                .ToString("+0.000;−0.000;0.000", CultureInfo.InvariantCulture)
            : Format.Nothing;

    private Task Receive(WatchSweepResponse message)
    {
        if (message.UpdateCase is WatchSweepResponse.UpdateOneofCase.Sweep)
        {
            _sweep = message.Sweep;
            _trials.Clear();
            foreach (var trial in message.Sweep.Trials)
                _trials[trial.Number] = trial;
        }
        else if (message.UpdateCase is WatchSweepResponse.UpdateOneofCase.Trial)
        {
            _trials[message.Trial.Number] = message.Trial;
        }

        return Task.CompletedTask;
    }

    // The list's sweeps have no trials in them; those that the page knows stay.
    private void ReceiveEnded(Sweep? sweep)
    {
        _deleted = sweep is null;
        _sweep = sweep ?? _sweep;
    }

    private (double Number, string Text) KeyOf(Trial trial, string key) => key switch
    {
        "number" => (trial.Number, ""),
        "state" => ((int)trial.State, ""),
        "dataset" => (0, trial.Dataset),
        "repeat" => (trial.Repeat, ""),
        "objective" => (Rank(SweepWords.ObjectiveOf(_sweep!, trial)), ""),
        "other" => (SweepWords.OtherLossOf(_sweep!, trial) ?? double.MaxValue, ""),
        "scale" => (SweepWords.Scale(_sweep!, trial), ""),
        _ when trial.Settings?.Fields.TryGetValue(key, out var value) == true =>
            value.KindCase is Value.KindOneofCase.NumberValue
                ? (value.NumberValue, "")
                : (0, SweepWords.Setting(trial.Settings, key)),
        _ => (double.MaxValue, ""),
    };

    // The best first, those without a figure last.
    private double Rank(double? objective) => objective is not { } value || double.IsNaN(value) ? double.MaxValue
        : _sweep!.Spec?.Direction is Contracts.Trainer.V1.Direction.Maximize ? -value
        : value;

    private void SetOrder(string order) => SetQuery(("sort", order == "objective" ? null : order));

    private void Choose(IReadOnlyCollection<int>? trials) =>
        SetQuery(("trials", trials is null ? null : NumberRanges.Write(trials)));

    private Task CancelAsync() => ChangeAsync(sweeps.CancelAsync(Name, CancellationToken.None));

    private Task ResumeAsync() => ChangeAsync(sweeps.ResumeAsync(Name, CancellationToken.None));

    private async Task ChangeAsync(Task<Outcome<Sweep>> call)
    {
        var (_, failure) = await call;
        if (failure is not null)
            Say(failure);
    }

    private async Task ExportAsync(TableFormat format)
    {
        var (file, failure) = await sweeps.ExportAsync(Name, format, Closed);
        if (file is not null)
            await browser.SaveAsync(file.FileName, file.MediaType, file.Content);
        else if (failure is not null)
            Say(failure);
    }

    private async Task DeleteAsync()
    {
        var yes = await dialogs.ShowMessageBoxAsync(
            "Delete this sweep?",
            $"{Title}: the runs of its {_trials.Count} trials go with it. This cannot be undone.",
            yesText: "Delete",
            cancelText: "Keep");
        if (yes != true)
            return;
        var (_, failure) = await sweeps.DeleteAsync(Name, CancellationToken.None);
        if (failure is null)
            Navigation.NavigateTo("sweeps");
        else
            Say(failure);
    }

    private void Say(CallFailure failure) => snackbar.Add($"{failure.Message} {failure.Advice}", Severity.Error);
}
