using Microsoft.AspNetCore.Components;
using MudBlazor;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Runs;

/// <summary>Does one thing with several runs.</summary>
public sealed partial class RunsChosen(RunsClient runs, IDialogService dialogs, ISnackbar snackbar)
{
    private const int NamedInQuestion = 8;
    private bool _busy;

    /// <summary>The chosen runs' names.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<string> Names { get; set; } = [];

    /// <summary>The runs in view; a single chosen one among them has all its actions.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<Run> Runs { get; set; } = [];

    /// <summary>Is told that none is chosen any more.</summary>
    [Parameter]
    public EventCallback Cleared { get; set; }

    private Run? Single => Names.Count == 1 ? Runs.FirstOrDefault(r => r.Name == Names[0]) : null;

    private string CompareLink => "runs/compare?runs=" + string.Join(',', Names.Select(Format.Id));

    private Task<bool> CancelAsync() => EachAsync(name => runs.CancelAsync(name, CancellationToken.None));

    private async Task DeleteAsync()
    {
        var named = string.Join(", ", Names.Take(NamedInQuestion).Select(Format.Id));
        var others = Names.Count > NamedInQuestion ? $" and {Names.Count - NamedInQuestion} others" : "";
        var yes = await dialogs.ShowMessageBoxAsync(
            $"Delete {Names.Count} runs?",
            $"{named}{others}: their checkpoints, curves and logs go with them. This cannot be undone.",
            yesText: "Delete",
            cancelText: "Keep");
        if (yes == true && await EachAsync(name => runs.DeleteAsync(name, CancellationToken.None)))
            await Cleared.InvokeAsync();
    }

    private async Task TagAsync()
    {
        var dialog = await dialogs.ShowAsync<AskDialog>(
            "Add a tag", new DialogParameters<AskDialog> { { d => d.Label, "Tag" } });
        if ((await dialog.Result)?.Data is AskDialog.Answer { Text: { } tag } && tag.Trim().Length > 0)
            await EachAsync(name => AddTagAsync(name, tag.Trim()));
    }

    private async Task<Outcome<Run>> AddTagAsync(string name, string tag)
    {
        var (run, failure) = await runs.GetAsync(name, CancellationToken.None);
        return run is null
            ? new(null, failure)
            : await runs.UpdateAsync(name, run.DisplayName, run.Tags.Append(tag).Distinct(), CancellationToken.None);
    }

    // One after another; what is refused is said, and does not stop the others.
    private async Task<bool> EachAsync<T>(Func<string, Task<Outcome<T>>> call)
        where T : class
    {
        _busy = true;
        var refused = new List<string>();
        foreach (var name in Names)
        {
            var (_, failure) = await call(name);
            if (failure is not null)
                refused.Add($"{Format.Id(name)}: {failure.Message} {failure.Advice}".Trim());
        }

        _busy = false;
        foreach (var words in refused)
            snackbar.Add(words, Severity.Error);
        return refused.Count == 0;
    }
}
