using Platform.Contracts.Eval.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Overview;

/// <summary>The newest evaluations; nothing where there are none or Eval.Service does not answer (its card says so).</summary>
public sealed partial class RecentEvaluations(EvaluationsClient evaluations)
{
    private const int Shown = 5;
    private IReadOnlyList<Evaluation> _evaluations = [];

    /// <inheritdoc/>
    protected override void OnInitialized() => _ = ReadWhenUpAsync("eval", ReadAsync, _ => { });

    private async Task ReadAsync()
    {
        var (list, _) = await evaluations.ListAsync(Closed);
        _evaluations = [.. (list ?? _evaluations).Take(Shown)];
    }
}
