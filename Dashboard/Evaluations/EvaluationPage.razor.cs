using Microsoft.AspNetCore.Components;
using MudBlazor;
using Platform.Contracts.Eval.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Evaluations;

/// <summary>One evaluation, live: its figures and its graded items.</summary>
public sealed partial class EvaluationPage(EvaluationsClient evaluations, IDialogService dialogs, ISnackbar snackbar)
{
    private Evaluation? _evaluation;
    private bool _deleted;
    private string? _followed;
    private Link _link = Link.Connecting;

    /// <summary>The evaluation's id.</summary>
    [Parameter]
    public string Id { get; set; } = "";

    [SupplyParameterFromQuery(Name = "only")]
    private string? OnlyQuery { get; set; }

    [SupplyParameterFromQuery(Name = "q")]
    private string? TextQuery { get; set; }

    [SupplyParameterFromQuery(Name = "order")]
    private string? OrderQuery { get; set; }

    [SupplyParameterFromQuery(Name = "page")]
    private int? PageQuery { get; set; }

    [SupplyParameterFromQuery(Name = "item")]
    private int? ItemQuery { get; set; }

    private string Only => OnlyQuery is "right" or "wrong" ? OnlyQuery : "";

    private string Name => "evaluations/" + Id;

    private string Title => _evaluation is null ? Id : Format.Title(_evaluation.DisplayName, _evaluation.Name);

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (_followed == Id)
            return;
        (_followed, _evaluation, _deleted) = (Id, null, false);
        _ = FollowWorkAsync(
            "eval",
            token => evaluations.Watch(Name, token),
            Receive,
            token => evaluations.WatchInList(Name, token),
            ReceiveEnded,
            evaluation => evaluation.State,
            link => _link = link);
    }

    private Task Receive(WatchEvaluationResponse message)
    {
        _evaluation = message.Evaluation;
        return Task.CompletedTask;
    }

    private void ReceiveEnded(Evaluation? evaluation)
    {
        _deleted = evaluation is null;
        _evaluation = evaluation ?? _evaluation;
    }

    private void ShowItems(string parameter, string value) =>
        SetQuery((parameter, value.Length == 0 ? null : value), ("page", null), ("item", null));

    private Task CancelAsync() => ChangeAsync(evaluations.CancelAsync(Name, CancellationToken.None));

    private Task ResumeAsync() => ChangeAsync(evaluations.ResumeAsync(Name, CancellationToken.None));

    private async Task ChangeAsync(Task<Outcome<Evaluation>> call)
    {
        var (evaluation, failure) = await call;
        _evaluation = evaluation ?? _evaluation;
        if (failure is not null)
            Say(failure);
    }

    private async Task DeleteAsync()
    {
        var yes = await dialogs.ShowMessageBoxAsync(
            "Delete this evaluation?",
            $"{Title}: its graded items go with it. This cannot be undone.",
            yesText: "Delete",
            cancelText: "Keep");
        if (yes != true)
            return;
        var (_, failure) = await evaluations.DeleteAsync(Name, CancellationToken.None);
        if (failure is null)
            Navigation.NavigateTo("evaluations");
        else
            Say(failure);
    }

    private void Say(CallFailure failure) => snackbar.Add($"{failure.Message} {failure.Advice}", Severity.Error);
}
