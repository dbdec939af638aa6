using Microsoft.AspNetCore.Components;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Dashboard.Clients;
using Platform.Dashboard.Components;

namespace Platform.Dashboard.Datasets;

/// <summary>All data sets, a look into one, and the form that makes one.</summary>
public sealed partial class DatasetsPage(DatasetsClient datasets)
{
    [SupplyParameterFromQuery(Name = "preview")]
    private string? PreviewQuery { get; set; }

    /// <inheritdoc/>
    protected override string Service => "tokenizer";

    /// <inheritdoc/>
    protected override IAsyncEnumerable<ListChange<Dataset>> WatchList(CancellationToken token) =>
        datasets.WatchList(token);

    /// <inheritdoc/>
    protected override string NameOf(Dataset item) => item.Name;

    /// <inheritdoc/>
    protected override State StateOf(Dataset item) => item.State;

    private Task CancelAsync(Dataset item) => DoAsync(datasets.CancelAsync(item.Name, CancellationToken.None));

    private Task DeleteAsync(Dataset item) => DeleteAsync(
        "data set",
        $"{Format.Title(item.DisplayName, item.Name)} and its {Format.Bytes(item.SizeBytes)} on disk."
            + " This cannot be undone.",
        () => datasets.DeleteAsync(item.Name, CancellationToken.None));
}
