using Microsoft.AspNetCore.Components;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Tokenizers;

/// <summary>All tokenizers, their training, and how they cut a text.</summary>
public sealed partial class TokenizersPage(TokenizersClient tokenizers)
{
    [SupplyParameterFromQuery(Name = "tokenizer")]
    private string? TokenizerQuery { get; set; }

    [SupplyParameterFromQuery(Name = "with")]
    private string? OtherQuery { get; set; }

    /// <inheritdoc/>
    protected override string Service => "tokenizer";

    /// <inheritdoc/>
    protected override IAsyncEnumerable<ListChange<Tokenizer>> WatchList(CancellationToken token) =>
        tokenizers.WatchList(token);

    /// <inheritdoc/>
    protected override string NameOf(Tokenizer item) => item.Name;

    /// <inheritdoc/>
    protected override State StateOf(Tokenizer item) => item.State;

    private Task CancelAsync(Tokenizer item) => DoAsync(tokenizers.CancelAsync(item.Name, CancellationToken.None));

    private Task DeleteAsync(Tokenizer item) => DeleteAsync(
        "tokenizer",
        $"{Format.Title(item.DisplayName, item.Name)} cannot be had back.",
        () => tokenizers.DeleteAsync(item.Name, CancellationToken.None));
}
