using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Datasets;

/// <summary>All data sets, a look into one, and the form that makes one.</summary>
public sealed partial class DatasetsPage(DatasetsClient datasets, IDialogService dialogs, ISnackbar snackbar)
{
    [SupplyParameterFromQuery(Name = "preview")]
    private string? PreviewQuery { get; set; }

    /// <inheritdoc/>
    protected override string Service => "tokenizer";

    /// <inheritdoc/>
    protected override Task<Outcome<IReadOnlyList<Dataset>>> ListAsync() => datasets.ListAsync(Closed);

    /// <inheritdoc/>
    protected override async IAsyncEnumerable<Dataset> WatchAsync(
        string name, [EnumeratorCancellation] CancellationToken token)
    {
        await foreach (var message in datasets.Watch(name, token))
            yield return message.Dataset;
    }

    /// <inheritdoc/>
    protected override string NameOf(Dataset item) => item.Name;

    /// <inheritdoc/>
    protected override State StateOf(Dataset item) => item.State;

    private async Task CancelAsync(Dataset item)
    {
        var (_, failure) = await datasets.CancelAsync(item.Name, CancellationToken.None);
        Say(failure);
    }

    private async Task DeleteAsync(Dataset item)
    {
        var yes = await dialogs.ShowMessageBoxAsync(
            "Delete this data set?",
            $"{Format.Title(item.DisplayName, item.Name)} and its {Format.Bytes(item.SizeBytes)} on disk. This cannot be undone.",
            yesText: "Delete",
            cancelText: "Keep");
        if (yes != true)
            return;
        var (_, failure) = await datasets.DeleteAsync(item.Name, CancellationToken.None);
        Say(failure);
        await ReadAsync();
    }

    private void Say(CallFailure? failure)
    {
        if (failure is not null)
            snackbar.Add($"{failure.Message} {failure.Advice}", Severity.Error);
    }
}
