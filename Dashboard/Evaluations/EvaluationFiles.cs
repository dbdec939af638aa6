using Platform.Contracts.Eval.V1;
using Platform.Dashboard.Clients;

namespace Platform.Dashboard.Evaluations;

/// <summary>An evaluation's files for saving: <c>/evaluations/{id}/files/results</c> and <c>…/samples</c>.</summary>
public static class EvaluationFiles
{
    /// <summary>Adds the addresses.</summary>
    public static void MapEvaluationFiles(this RouteGroupBuilder pages)
    {
        pages.MapGet("/evaluations/{id}/files/results", (string id, EvaluationsClient client, HttpContext context) =>
            SendAsync(id, ExportPart.Results, "application/json", client, context));
        pages.MapGet("/evaluations/{id}/files/samples", (string id, EvaluationsClient client, HttpContext context) =>
            SendAsync(id, ExportPart.Samples, "application/jsonl", client, context));
    }

    private static async Task SendAsync(
        string id, ExportPart part, string type, EvaluationsClient client, HttpContext context)
    {
        var token = context.RequestAborted;
        await foreach (var piece in client.Export("evaluations/" + id, part, token))
        {
            if (piece.FileName.Length > 0)
            {
                context.Response.ContentType = type;
                context.Response.Headers.ContentDisposition = $"attachment; filename=\"{piece.FileName}\"";
            }

            await context.Response.Body.WriteAsync(piece.Chunk.Memory, token);
        }
    }
}
