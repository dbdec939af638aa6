using Microsoft.AspNetCore.Components;
using MudBlazor;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Runs;

/// <summary>What can be done with a run, by its state.</summary>
public sealed partial class RunActions(
    RunsClient runs, IDialogService dialogs, ISnackbar snackbar, NavigationManager navigation)
{
    private bool _busy;

    /// <summary>The run.</summary>
    [Parameter, EditorRequired]
    public Run Run { get; set; } = new();

    /// <summary>Is told the run after a change.</summary>
    [Parameter]
    public EventCallback<Run> Changed { get; set; }

    /// <summary>Whether the page is about more than this run, so that its deletion does not lead away.</summary>
    [Parameter]
    public bool Stays { get; set; }

    /// <summary>Is told that the run was deleted.</summary>
    [Parameter]
    public EventCallback Deleted { get; set; }

    private Task CancelAsync() => ChangeAsync(runs.CancelAsync(Run.Name, CancellationToken.None));

    private async Task ResumeAsync()
    {
        long? steps = null;
        if (Run.State is State.Succeeded)
        {
            var given = await AskAsync(
                "Train further",
                new() { { d => d.Label, "Steps in all" }, { d => d.Text, $"{2 * (Run.Spec?.MaxSteps ?? 0)}" } });
            if (given is null)
                return;
            if (!long.TryParse(given.Text, out var number))
            {
                snackbar.Add("Steps in all must be a whole number.", Severity.Error);
                return;
            }

            steps = number;
        }

        await ChangeAsync(runs.ResumeAsync(Run.Name, steps, CancellationToken.None));
    }

    private async Task EditAsync()
    {
        var given = await AskAsync(
            "Rename and tag",
            new()
            {
                { d => d.Label, "Name" },
                { d => d.Text, Run.DisplayName },
                { d => d.Tags, string.Join(", ", Run.Tags) },
            });
        if (given is null)
            return;
        var tags = (given.Tags ?? "").Split(
            ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        await ChangeAsync(runs.UpdateAsync(Run.Name, given.Text.Trim(), tags, CancellationToken.None));
    }

    private async Task DeleteAsync()
    {
        var yes = await dialogs.ShowMessageBoxAsync(
            "Delete this run?",
            $"{Format.Title(Run.DisplayName, Run.Name)}: its checkpoints, curves and log go with it."
                + " This cannot be undone.",
            yesText: "Delete",
            cancelText: "Keep");
        if (yes != true)
            return;
        _busy = true;
        var (_, failure) = await runs.DeleteAsync(Run.Name, CancellationToken.None);
        _busy = false;
        if (failure is not null)
            Say(failure);
        else if (Stays)
            await Deleted.InvokeAsync();
        else
            navigation.NavigateTo("runs");
    }

    private async Task ChangeAsync(Task<Outcome<Run>> call)
    {
        _busy = true;
        var (run, failure) = await call;
        _busy = false;
        if (run is not null)
            await Changed.InvokeAsync(run);
        else if (failure is not null)
            Say(failure);
    }

    private async Task<AskDialog.Answer?> AskAsync(string title, DialogParameters<AskDialog> parameters)
    {
        var dialog = await dialogs.ShowAsync<AskDialog>(title, parameters);
        return (await dialog.Result)?.Data as AskDialog.Answer;
    }

    private void Say(CallFailure failure) => snackbar.Add($"{failure.Message} {failure.Advice}", Severity.Error);
}
