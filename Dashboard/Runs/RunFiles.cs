using System.Globalization;
using System.Text;
using Platform.Contracts.Trainer.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Runs;

/// <summary>
/// A run's points for saving, all of them and not what a chart shows: <c>/runs/{id}/files/metrics?series=a,b</c>.
/// </summary>
public static class RunFiles
{
    /// <summary>Steps that are read at once: as many buckets as a call gives, so that each holds one step.</summary>
    private const int StepsAtOnce = 10_000;

    /// <summary>Adds the address.</summary>
    public static void MapRunFiles(this RouteGroupBuilder pages) =>
        pages.MapGet("/runs/{id}/files/metrics", SendAsync);

    private static async Task SendAsync(string id, string? series, RunsClient client, HttpContext context)
    {
        var token = context.RequestAborted;
        var (run, failure) = await client.GetAsync("runs/" + id, token);
        if (run is null)
        {
            context.Response.StatusCode = failure!.Kind is FailureKind.NotFound
                ? StatusCodes.Status404NotFound
                : StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync($"{failure.Message} {failure.Advice}", token);
            return;
        }

        context.Response.ContentType = "text/csv";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{id}-points.csv\"";
        await context.Response.WriteAsync("series,step,value\n", token);
        var wanted = (series ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        for (var from = 0L; from <= run.Step; from += StepsAtOnce)
        {
            var request = new GetMetricsRequest
            {
                Runs = { run.Name },
                Series = { wanted },
                MinX = from,
                MaxX = from + StepsAtOnce - 1,
                MaxBuckets = StepsAtOnce,
            };
            var (curves, broken) = await client.GetMetricsAsync(request, token);

            // Half a file must not look like a whole one.
            if (curves is null)
                throw new InvalidOperationException(broken!.Message);
            await context.Response.WriteAsync(Lines(curves), token);
        }
    }

    private static string Lines(IReadOnlyList<Curve> curves)
    {
        var text = new StringBuilder();
        foreach (var curve in curves)
        {
            for (var i = 0; i < curve.Step.Count; i++)
                text.Append(CultureInfo.InvariantCulture, $"{curve.Series},{curve.Step[i]},{curve.Last[i]:R}\n");
        }

        return text.ToString();
    }
}
