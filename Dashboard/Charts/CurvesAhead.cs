using Microsoft.AspNetCore.WebUtilities;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Charts;

/// <summary>
/// Has the service read the curves of a page that a browser has just asked for. It reads a run's files at the first
/// look, which takes as long as the browser takes for the page's scripts: so the two go on together.
/// </summary>
/// <param name="runs">Where they are read.</param>
public sealed class CurvesAhead(RunsClient runs)
{
    private const int MostRuns = 100;

    /// <summary>Asks for what a page will show, and waits for nothing.</summary>
    /// <param name="path">The page's path.</param>
    /// <param name="query">Its query.</param>
    /// <returns>Whether the page shows curves.</returns>
    public bool Ask(string path, string query)
    {
        if (RequestOf(path, query) is not { } request)
            return false;
        _ = runs.GetMetricsAsync(request, CancellationToken.None);
        return true;
    }

    /// <summary>What has a page's curves read; null: the page shows none.</summary>
    /// <param name="path">The page's path.</param>
    /// <param name="query">Its query.</param>
    public static GetMetricsRequest? RequestOf(string path, string query)
    {
        if (path.Split('/', StringSplitOptions.RemoveEmptyEntries) is not ["runs", var page] || page is "new")
            return null;
        var compared = QueryHelpers.ParseQuery(query).GetValueOrDefault("runs").ToString();
        string[] ids = page is "compare"
            ? [.. compared.Split(',', StringSplitOptions.RemoveEmptyEntries).Distinct()]
            : [page];
        if (ids.Length is 0 or > MostRuns)
            return null;

        // Once read, the service has them for any question: this is the one with the shortest answer.
        var request = new GetMetricsRequest { MaxBuckets = 1, Series = { "train_loss" } };
        request.Runs.AddRange(ids.Select(id => "runs/" + id));
        return request;
    }
}
