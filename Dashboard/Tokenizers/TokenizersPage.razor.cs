using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Tokenizers;

/// <summary>All tokenizers, their training, and how they cut a text.</summary>
public sealed partial class TokenizersPage(TokenizersClient tokenizers, IDialogService dialogs, ISnackbar snackbar)
{
    [SupplyParameterFromQuery(Name = "tokenizer")]
    private string? TokenizerQuery { get; set; }

    /// <inheritdoc/>
    protected override string Service => "tokenizer";

    /// <inheritdoc/>
    protected override Task<Outcome<IReadOnlyList<Tokenizer>>> ListAsync() => tokenizers.ListAsync(Closed);

    /// <inheritdoc/>
    protected override async IAsyncEnumerable<Tokenizer> WatchAsync(
        string name, [EnumeratorCancellation] CancellationToken token)
    {
        await foreach (var message in tokenizers.Watch(name, token))
            yield return message.Tokenizer;
    }

    /// <inheritdoc/>
    protected override string NameOf(Tokenizer item) => item.Name;

    /// <inheritdoc/>
    protected override State StateOf(Tokenizer item) => item.State;

    private async Task CancelAsync(Tokenizer item)
    {
        var (_, failure) = await tokenizers.CancelAsync(item.Name, CancellationToken.None);
        Say(failure);
    }

    private async Task DeleteAsync(Tokenizer item)
    {
        var yes = await dialogs.ShowMessageBoxAsync(
            "Delete this tokenizer?",
            $"{Format.Title(item.DisplayName, item.Name)} cannot be had back.",
            yesText: "Delete",
            cancelText: "Keep");
        if (yes != true)
            return;
        var (_, failure) = await tokenizers.DeleteAsync(item.Name, CancellationToken.None);
        Say(failure);
        await ReadAsync();
    }

    private void Say(CallFailure? failure)
    {
        if (failure is not null)
            snackbar.Add($"{failure.Message} {failure.Advice}", Severity.Error);
    }
}
