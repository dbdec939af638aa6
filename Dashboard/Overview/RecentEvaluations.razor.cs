using Platform.Contracts.Common.V1;
using Platform.Contracts.Eval.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Overview;

/// <summary>
/// The newest evaluations; nothing where there are none or Eval.Service does not answer (its card says so).
/// </summary>
public sealed partial class RecentEvaluations(EvaluationsClient evaluations)
{
    private const int Shown = 5;

    /// <inheritdoc/>
    protected override string Service => "eval";

    private IEnumerable<Evaluation> Newest => (Items ?? []).Where(HasEnded).Take(Shown);

    /// <inheritdoc/>
    protected override IAsyncEnumerable<ListChange<Evaluation>> WatchList(CancellationToken token) =>
        evaluations.WatchList(token);

    /// <inheritdoc/>
    protected override string NameOf(Evaluation item) => item.Name;

    /// <inheritdoc/>
    protected override State StateOf(Evaluation item) => item.State;
}
