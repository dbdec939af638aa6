using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Sweeps;

/// <summary>All sweeps.</summary>
public sealed partial class SweepsPage(SweepsClient sweeps)
{
    /// <inheritdoc/>
    protected override string Service => "trainer";

    /// <inheritdoc/>
    protected override IAsyncEnumerable<ListChange<Sweep>> WatchList(CancellationToken token) =>
        sweeps.WatchList(token);

    /// <inheritdoc/>
    protected override string NameOf(Sweep item) => item.Name;

    /// <inheritdoc/>
    protected override State StateOf(Sweep item) => item.State;
}
